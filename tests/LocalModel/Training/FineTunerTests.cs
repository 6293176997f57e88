namespace FineTuneAspire.LocalModel.Tests;

public class FineTunerTests
{
    [Fact]
    public void Ten_examples_are_learnt_by_heart()
    {
        var examples = Small.Chats(10);
        var tuner = new FineTuner(Small.Model(), examples, examples, new() { Epochs = 250, BatchSize = 10, BaseLearningRate = 5e-3, Threads = 2, LowPriority = false });
        var last = tuner.Run().Last();
        Assert.True(last.FullValidLoss < 0.02, $"loss {last.FullValidLoss}");
        Assert.Equal(1.0, last.FullValidTokenAccuracy);
        var answer = string.Concat(new ChatGenerator(tuner.Snapshot()).Generate([new("user", "book Oslo 0")], new() { Temperature = 0 }).Select(token => token.Text));
        Assert.Equal("Oslo:book", answer);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_on_any_number_of_threads()
    {
        var (one, two, three) = (Train(threads: 1, seed: 7), Train(threads: 2, seed: 7), Train(threads: 3, seed: 7));
        Assert.Equal(one.Losses, two.Losses);
        Assert.Equal(one.Losses, three.Losses);
        Assert.Equal(one.Weights, two.Weights);
        Assert.Equal(one.Weights, three.Weights);
        Assert.NotEqual(one.Weights, Train(threads: 1, seed: 8).Weights);

        static (double[] Losses, float[] Weights) Train(int threads, long seed)
        {
            var tuner = new FineTuner(Small.Model(), Small.Chats(70), Small.Chats(5), new() { Epochs = 3, BatchSize = 64, Seed = seed, Threads = threads, LowPriority = false });
            double[] losses = [.. tuner.Run().Select(step => step.TrainLoss)];
            return (losses, tuner.Snapshot().Weights.Span.ToArray());
        }
    }

    [Fact]
    public void Steps_epochs_and_tokens_are_counted_and_epochs_end_with_full_validation()
    {
        var train = Small.Chats(10);
        var tuner = new FineTuner(Small.Model(), train, Small.Chats(3), new() { Epochs = 2, BatchSize = 4, ValidateEvery = 2, Threads = 1, LowPriority = false });
        var steps = tuner.Run().ToList();
        Assert.Equal([1, 2, 3, 4, 5, 6], steps.Select(step => step.Step));
        Assert.Equal([1, 1, 1, 2, 2, 2], steps.Select(step => step.Epoch));
        Assert.All(steps, step => Assert.Equal(6, step.TotalSteps));
        Assert.Equal([false, false, true, false, false, true], steps.Select(step => step.EpochEnded));
        Assert.Equal([false, false, true, false, false, true], steps.Select(step => step.FullValidLoss is not null));
        Assert.Equal([false, true, false, true, false, true], steps.Select(step => step.ValidLoss is not null));
        Assert.Equal(2 * train.Sum(example => example.Tokens.Length), tuner.TrainedTokens);
    }

    [Fact]
    public void The_model_it_starts_from_stays_as_it_was_and_snapshots_do_not_move()
    {
        var start = Small.Model();
        var before = start.Weights.Span.ToArray();
        var tuner = new FineTuner(start, Small.Chats(10), [], new() { Epochs = 2, BatchSize = 5, Threads = 1, LowPriority = false });
        LanguageModel? middle = null;
        float[] atMiddle = [];
        foreach (var step in tuner.Run())
        {
            if (step.Step != 2) continue;
            middle = tuner.Snapshot();
            atMiddle = middle.Weights.Span.ToArray();
        }
        Assert.Equal(before, start.Weights.Span.ToArray());
        Assert.Equal(atMiddle, middle!.Weights.Span.ToArray());
        Assert.NotEqual(atMiddle, tuner.Snapshot().Weights.Span.ToArray());
    }

    [Fact]
    public void Cancelling_throws_at_the_next_step_and_keeps_the_last_whole_steps_weights()
    {
        using var cancellation = new CancellationTokenSource();
        var tuner = new FineTuner(Small.Model(), Small.Chats(10), [], new() { Epochs = 50, BatchSize = 5, Threads = 2, LowPriority = false });
        float[] weights = [];
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (var step in tuner.Run(cancellation.Token))
            {
                weights = tuner.Snapshot().Weights.Span.ToArray();
                if (step.Step == 3) cancellation.Cancel();
            }
        });
        Assert.Equal(weights, tuner.Snapshot().Weights.Span.ToArray());
    }

    [Fact]
    public void An_example_that_does_not_fit_is_refused_before_anything_is_trained()
    {
        var tooLong = Small.Chat(new string('7', 80), "yes");
        var error = Assert.Throws<ExampleTooLongException>(() => new FineTuner(Small.Model(), [tooLong], [], FineTuningSettings.Auto(1)));
        Assert.Equal((tooLong.Tokens.Length, 64), (error.Tokens, error.ContextLength));
        Assert.Contains("at most 64", ContextCheck.Problem(tooLong, Small.Model().Config));
        Assert.Null(ContextCheck.Problem(Small.Chat("short", "yes"), Small.Model().Config));
    }

    [Fact]
    public void A_loss_that_is_no_longer_finite_stops_with_what_to_change()
    {
        var tuner = new FineTuner(Small.Model(), Small.Chats(10), [], new() { Epochs = 60, BatchSize = 10, LearningRateMultiplier = 1e30, Threads = 1, LowPriority = false });
        var error = Assert.Throws<ArithmeticException>(() => tuner.Run().Count());
        Assert.Contains("learning rate multiplier", error.Message);
    }

    [Theory]
    [InlineData(10, 30, 8)]
    [InlineData(200, 15, 8)]
    [InlineData(1000, 8, 16)]
    [InlineData(100_000, 6, 32)]
    public void Auto_settings_follow_the_number_of_examples(int examples, int epochs, int batch) =>
        Assert.Equal((epochs, batch), (FineTuningSettings.Auto(examples).Epochs, FineTuningSettings.Auto(examples).BatchSize));
}
