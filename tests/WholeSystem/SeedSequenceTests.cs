using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using FineTuneAspire.TestKit;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Files;
using OpenAI.FineTuning;

namespace FineTuneAspire.WholeSystem.Tests;

/// <summary>
/// What code written for OpenAI does, with the official SDK: only base URL, key and model differ. Upload training and validation file,
/// create the job with 10 epochs, batch size 3 and learning-rate multiplier 0.3, list events and checkpoints, chat with a checkpoint.
/// </summary>
public sealed class SeedSequenceTests(RunningSystem system)
{
    private const string Model = "base-1m";

    [Fact]
    public async Task The_sdk_fine_tunes_with_the_method_form_and_chats_with_a_checkpoint()
    {
        var (training, validation) = await UploadAsync();
        var client = FineTuning();

        var job = await client.FineTuneAsync(Model, training, waitUntilCompleted: false, new FineTuningOptions
        {
            ValidationFile = validation,
            Suffix = "seed",
            TrainingMethod = FineTuningTrainingMethod.CreateSupervised(epochCount: 10, batchSize: 3, learningRate: 0.3),
        });

        var ended = await WaitAsync(client, job.JobId);
        await AssertSequenceAsync(ended);
    }

    [Fact]
    public async Task The_sdk_fine_tunes_with_the_deprecated_top_level_hyperparameters()
    {
        var (training, validation) = await UploadAsync();
        var client = FineTuning();
        var body = BinaryContent.CreateJson(new
        {
            model = Model,
            training_file = training,
            validation_file = validation,
            hyperparameters = new { n_epochs = 10, batch_size = 3, learning_rate_multiplier = 0.3 },
        });

        var job = await client.FineTuneAsync(body, waitUntilCompleted: false, new RequestOptions());

        var ended = await WaitAsync(client, job.JobId);
        await AssertSequenceAsync(ended);
        var raw = await system.GetAsync($"/v1/fine_tuning/jobs/{job.JobId}");
        var hyperparameters = raw.GetProperty("hyperparameters");
        Assert.Equal((10, 3, 0.3), (hyperparameters.GetProperty("n_epochs").GetInt32(), hyperparameters.GetProperty("batch_size").GetInt32(), hyperparameters.GetProperty("learning_rate_multiplier").GetDouble()));
    }

    private async Task AssertSequenceAsync(FineTuningJob job)
    {
        Assert.Equal(FineTuningStatus.Succeeded, job.Status);
        Assert.StartsWith("ft:base-1m:", job.Value, StringComparison.Ordinal);

        var events = await job.GetEventsAsync(new GetEventsOptions { PageSize = 100 }).ToListAsync();
        // 12 examples, batch size 3, 10 epochs: 40 steps, each with one metrics event.
        Assert.Equal(40, events.Count(occurred => occurred.Kind == FineTuningJobEventKind.Metrics));
        Assert.Contains(events, occurred => occurred.Kind == FineTuningJobEventKind.Message);

        var checkpoints = await job.GetCheckpointsAsync().ToListAsync();
        Assert.Equal([40, 36, 32], checkpoints.Select(checkpoint => checkpoint.StepNumber));

        var chat = new ChatClient(checkpoints[1].ModelId, new ApiKeyCredential(system.FirstKey), new OpenAIClientOptions { Endpoint = system.BaseUrl });
        ChatCompletion answer = await chat.CompleteChatAsync([new UserChatMessage("say river 1")], new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 16 });
        Assert.Equal(checkpoints[1].ModelId, answer.Model);
        Assert.True(answer.Usage.OutputTokenCount > 0);

        var streamed = "";
        await foreach (var update in chat.CompleteChatStreamingAsync([new UserChatMessage("say river 1")], new ChatCompletionOptions { Temperature = 0, MaxOutputTokenCount = 16 }))
            streamed += string.Concat(update.ContentUpdate.Select(part => part.Text));
        Assert.Equal(answer.Content[0].Text, streamed);
    }

    private async Task<(string Training, string Validation)> UploadAsync()
    {
        var files = new OpenAIFileClient(new ApiKeyCredential(system.FirstKey), new OpenAIClientOptions { Endpoint = system.BaseUrl });
        OpenAIFile training = await files.UploadFileAsync(BinaryData.FromBytes(TrainingData.Valid(12)), "training.jsonl", FileUploadPurpose.FineTune);
        OpenAIFile validation = await files.UploadFileAsync(BinaryData.FromBytes(TrainingData.Valid(12, offset: 100)), "validation.jsonl", FileUploadPurpose.FineTune);
        return (training.Id, validation.Id);
    }

    private FineTuningClient FineTuning() =>
        new(new ApiKeyCredential(system.FirstKey), new FineTuningClientOptions { Endpoint = system.BaseUrl, RetryPolicy = new ClientRetryPolicy(0) });

    private static Task<FineTuningJob> WaitAsync(FineTuningClient client, string jobId) => Eventually.Value(
        async () => await client.GetJobAsync(jobId), job => job.HasCompleted, TimeSpan.FromSeconds(120), $"{jobId} ends");
}
