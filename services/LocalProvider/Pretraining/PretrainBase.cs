using System.Diagnostics;
using System.Globalization;
using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.Pretraining;

/// <summary>
/// <c>dotnet run -c Release --project services/LocalProvider pretrain [--out folder] [--seed n] [--tokens n]</c> trains base-1m from
/// nothing and prints what it can do. The same seed and tokens give the same weights on one kind of processor.
/// </summary>
internal static class PretrainBase
{
    private const int VocabularySize = 768, ContextLength = 512, Checked = 200;

    /// <returns>The process's exit code.</returns>
    public static int Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var (folder, seed, tokens) = ("base-1m", 1L, 7_000_000L);
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            switch (args[i])
            {
                case "--out" when value != "": folder = value; break;
                case "--seed" when long.TryParse(value, out seed): break;
                case "--tokens" when long.TryParse(value, out tokens) && tokens > 0: break;
                default:
                    Console.Error.WriteLine($"pretrain: cannot use '{args[i]} {value}'. Usage: pretrain [--out folder] [--seed n] [--tokens n]");
                    return 2;
            }
        }

        var corpus = new Corpus(seed);
        var tokenizer = TokenizerTraining.Train(corpus.Texts(20_000), VocabularySize);
        var start = LanguageModel.Create(new ModelConfig
        {
            VocabularySize = VocabularySize, Width = 128, Layers = 5, Heads = 4, FeedForward = 384, ContextLength = ContextLength,
        }, tokenizer, seed);
        Console.WriteLine($"{start.ParameterCount:N0} parameters, vocabulary {tokenizer.VocabularySize}, {tokens:N0} tokens, seed {seed}");

        var clock = Stopwatch.StartNew();
        var pretrainer = new Pretrainer(start, corpus.Examples(tokenizer, ContextLength), new PretrainingSettings { Tokens = tokens });
        foreach (var step in pretrainer.Run())
        {
            if (step.Step % 200 != 0 && step.Step != step.TotalSteps) continue;
            Console.WriteLine($"step {step.Step}/{step.TotalSteps}  {step.Tokens / 1e6:N2}M tokens  loss {step.Loss:N3}  token accuracy {step.TokenAccuracy:P1}  "
                + $"copy tasks right {CopyAccuracy(pretrainer.Model, corpus, 50):P0}  {clock.Elapsed:mm\\:ss}");
            // What was reached so far survives an interrupted run.
            pretrainer.Model.Save(folder, WeightFormat.BF16);
        }
        pretrainer.Model.Save(folder, WeightFormat.BF16);
        var saved = LanguageModel.Load(folder);
        Console.WriteLine($"held-out copy tasks answered exactly, from the saved bf16 weights: {CopyAccuracy(saved, corpus, Checked):P1} of {Checked}");
        Console.WriteLine($"written: {Path.GetFullPath(folder)} after {clock.Elapsed:mm\\:ss}, {Environment.CpuUsage.TotalTime.TotalSeconds:N0} processor-seconds");
        return 0;
    }

    private static double CopyAccuracy(LanguageModel model, Corpus corpus, int count)
    {
        var generator = new ChatGenerator(model);
        var right = corpus.HeldOutCopyTasks().Take(count).Count(task => task.Answer == string.Concat(
            generator.Generate([new("user", task.Question)], new SamplingOptions { Temperature = 0, MaxTokens = 120 }).Select(token => token.Text)));
        return (double)right / count;
    }
}
