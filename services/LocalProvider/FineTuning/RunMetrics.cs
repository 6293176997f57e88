using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.FineTuning;

/// <summary>The figures of a step in the three forms in which clients read them. A figure that was not computed is left out, never zero.</summary>
internal static class RunMetrics
{
    /// <summary>`data` of a metrics event, and `metrics` of a checkpoint (which has no total).</summary>
    public static JsonObject Of(StepResult step, bool withTotal)
    {
        var json = new JsonObject { ["step"] = step.Step };
        if (withTotal)
            json["total_steps"] = step.TotalSteps;
        Add("train_loss", step.TrainLoss);
        Add("train_mean_token_accuracy", step.TrainTokenAccuracy);
        Add("valid_loss", step.ValidLoss);
        Add("valid_mean_token_accuracy", step.ValidTokenAccuracy);
        Add("full_valid_loss", step.FullValidLoss);
        Add("full_valid_mean_token_accuracy", step.FullValidTokenAccuracy);
        return json;

        void Add(string name, double? value)
        {
            if (value is { } figure)
                json[name] = figure;
        }
    }

    public static string Sentence(StepResult step)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"Step {step.Step}/{step.TotalSteps}: training loss={step.TrainLoss:0.00}");
        if (step.ValidLoss is { } valid)
            text += string.Create(CultureInfo.InvariantCulture, $", validation loss={valid:0.00}");
        if (step.FullValidLoss is { } full)
            text += string.Create(CultureInfo.InvariantCulture, $", full validation loss={full:0.00}");
        return text;
    }

    /// <summary>The result file. Its second column is `train_accuracy` where events say `train_mean_token_accuracy`: so does OpenAI's.</summary>
    public static byte[] Csv(IReadOnlyList<StepResult> steps)
    {
        var csv = new StringBuilder("step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy,full_valid_loss,full_valid_mean_token_accuracy\n");
        foreach (var step in steps)
            csv.Append(CultureInfo.InvariantCulture, $"{step.Step},{step.TrainLoss:0.#####},{step.TrainTokenAccuracy:0.#####},{step.ValidLoss:0.#####},{step.ValidTokenAccuracy:0.#####},{step.FullValidLoss:0.#####},{step.FullValidTokenAccuracy:0.#####}\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }
}
