using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Files;
using OpenAI.FineTuning;
using OpenAI.Models;

namespace FineTuneAspire.LocalProvider.Tests;

/// <summary>The official .NET SDK as any program uses it, with nothing changed but base URL, key and model.</summary>
public sealed class OfficialSdkTests : IAsyncLifetime
{
    private readonly Provider _provider = Provider.Start();
    private Uri Endpoint => new(_provider.Address, "/v1");
    private static ApiKeyCredential Credential => new(Provider.Key);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task Uploads_fine_tunes_lists_and_chats()
    {
        var options = new OpenAIClientOptions { Endpoint = Endpoint };
        var files = new OpenAIFileClient(Credential, options);
        OpenAIFile training = await files.UploadFileAsync(BinaryData.FromString(TinyModel.Examples(12)), "training.jsonl", FileUploadPurpose.FineTune);
        OpenAIFile validation = await files.UploadFileAsync(BinaryData.FromString(TinyModel.Examples(4)), "validation.jsonl", FileUploadPurpose.FineTune);
        Assert.Equal(2, (await files.GetFilesAsync(FilePurpose.FineTune)).Value.Count);

        var tuning = new FineTuningClient(Credential, new FineTuningClientOptions { Endpoint = Endpoint, RetryPolicy = new ClientRetryPolicy(0) });
        var job = await tuning.FineTuneAsync(TinyModel.Id, training.Id, waitUntilCompleted: false, new FineTuningOptions
        {
            ValidationFile = validation.Id,
            Suffix = "sdk",
            Seed = 5,
            TrainingMethod = FineTuningTrainingMethod.CreateSupervised(epochCount: 10, batchSize: 3, learningRate: 0.3),
            Metadata = { ["fta_job"] = "x" },
        });
        await _provider.WaitForEndAsync(job.JobId);
        await job.UpdateStatusAsync();

        Assert.Equal(FineTuningStatus.Succeeded, job.Status);
        Assert.Equal($"ft:tiny:local:sdk:{job.JobId[^12..]}", job.Value);
        var events = new List<FineTuningEvent>();
        await foreach (var one in job.GetEventsAsync(new GetEventsOptions { PageSize = 7 }))
            events.Add(one);
        Assert.Equal(40, events.Count(one => one.Kind == FineTuningJobEventKind.Metrics));
        Assert.Equal("The job has successfully completed", events[0].Message);
        var checkpoints = new List<FineTuningCheckpoint>();
        await foreach (var checkpoint in job.GetCheckpointsAsync())
            checkpoints.Add(checkpoint);
        Assert.Equal([40, 36, 32], checkpoints.Select(checkpoint => checkpoint.StepNumber));
        Assert.Equal(36, checkpoints[1].Metrics.StepNumber);
        var listed = new List<string>();
        await foreach (var one in tuning.GetJobsAsync())
            listed.Add(one.JobId);
        Assert.Equal([job.JobId], listed);
        Assert.Contains("step,train_loss,train_accuracy", (await files.DownloadFileAsync(job.ResultFileIds[0])).Value.ToString(), StringComparison.Ordinal);

        await ChatsAsync(checkpoints[1].ModelId, options);
        var models = new OpenAIModelClient(Credential, options);
        Assert.Contains(job.Value, (await models.GetModelsAsync()).Value.Select(model => model.Id));
        Assert.True((await models.DeleteModelAsync(job.Value)).Value.Deleted);
        Assert.Equal(404, (await Assert.ThrowsAsync<ClientResultException>(() => models.GetModelAsync(job.Value))).Status);
        Assert.True((await files.DeleteFileAsync(training.Id)).Value.Deleted);
    }

    private static async Task ChatsAsync(string model, OpenAIClientOptions options)
    {
        var chat = new ChatClient(model, Credential, options);
        ChatCompletion answer = await chat.CompleteChatAsync([new SystemChatMessage("You know colours."), new UserChatMessage("thing 3?")], new ChatCompletionOptions { MaxOutputTokenCount = 6, Temperature = 0 });
        Assert.True(answer.Usage.InputTokenCount > 10);

        var text = new StringBuilder();
        var (updates, usage, reason) = (0, default(ChatTokenUsage), default(ChatFinishReason?));
        await foreach (var update in chat.CompleteChatStreamingAsync([new SystemChatMessage("You know colours."), new UserChatMessage("thing 3?")], new ChatCompletionOptions { MaxOutputTokenCount = 6, Temperature = 0 }))
        {
            updates++;
            foreach (var part in update.ContentUpdate)
                text.Append(part.Text);
            usage = update.Usage ?? usage;
            reason = update.FinishReason ?? reason;
        }

        Assert.Equal(answer.Content.Count == 0 ? "" : answer.Content[0].Text, text.ToString());
        Assert.Equal(answer.Usage.TotalTokenCount, usage!.TotalTokenCount);
        Assert.Equal(answer.FinishReason, reason);
        Assert.True(updates >= 3);
    }

    [Fact]
    public async Task Cancels_a_job()
    {
        var tuning = new FineTuningClient(Credential, new FineTuningClientOptions { Endpoint = Endpoint, RetryPolicy = new ClientRetryPolicy(0) });
        var body = new JsonObject { ["model"] = TinyModel.Id, ["training_file"] = await _provider.UploadAsync(TinyModel.Examples(1000)), ["hyperparameters"] = new JsonObject { ["n_epochs"] = 50, ["batch_size"] = 1 } };
        var job = await tuning.FineTuneAsync(BinaryContent.Create(BinaryData.FromString(body.ToJsonString())), waitUntilCompleted: false, null!);
        await _provider.WaitForAsync(job.JobId, "running");
        await job.CancelAndUpdateAsync();
        Assert.Equal(FineTuningStatus.Cancelled, job.Status);
    }
}
