using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json.Nodes;
using OpenAI.FineTuning;

namespace FineTuneAspire.Training.Tests;

/// <summary>The official .NET SDK as our client: what it reads from our answers.</summary>
[Collection(TrainingCollection.Name)]
public class OfficialSdkTests
{
    private readonly TrainingSystem _system;

    public OfficialSdkTests(TrainingSystem system)
    {
        _system = system;
        system.Heal();
    }

    private FineTuningClient Sdk()
    {
        var http = _system.Service.CreateClient();
        return new(new ApiKeyCredential(_system.Key), new FineTuningClientOptions { Endpoint = new Uri(http.BaseAddress!, "/v1"), Transport = new HttpClientPipelineTransport(http) });
    }

    [Fact]
    public async Task The_typed_client_creates_follows_and_reads_a_job()
    {
        var (training, validation) = (_system.AddFile(), _system.AddFile());
        var job = await Sdk().FineTuneAsync("base-1m", training, waitUntilCompleted: false, new FineTuningOptions
        {
            Suffix = "sdk",
            ValidationFile = validation,
            Seed = 11,
            TrainingMethod = FineTuningTrainingMethod.CreateSupervised(epochCount: 10, batchSize: 3, learningRate: 0.3),
        });
        Assert.False(job.HasCompleted);
        await _system.UntilEndedAsync(job.JobId);
        // Read anew: the SDK's UpdateStatus refreshes HasCompleted and leaves Status as it was.
        job = await Sdk().GetJobAsync(job.JobId);

        Assert.Equal((FineTuningStatus.Succeeded, true, "base-1m", training, validation, "sdk", 11), (job.Status, job.HasCompleted, job.BaseModel, job.TrainingFileId, job.ValidationFileId, job.UserProvidedSuffix, job.Seed));
        Assert.StartsWith("ft:base-1m:team-a:sdk:", job.Value, StringComparison.Ordinal);
        Assert.Single(job.ResultFileIds);

        var events = new List<FineTuningEvent>();
        await foreach (var item in job.GetEventsAsync(new GetEventsOptions { PageSize = 5 }))
            events.Add(item);
        Assert.Equal(_system.Upstream.Live(job.JobId).Single().Events.Count + 3, events.Count);
        Assert.Contains("\"train_loss\":2", events.First(item => item.Message.StartsWith("Step 1/", StringComparison.Ordinal)).Data.ToString(), StringComparison.Ordinal);

        var steps = new List<int>();
        await foreach (var checkpoint in job.GetCheckpointsAsync())
            steps.Add(checkpoint.StepNumber);
        Assert.Equal([9, 6, 3], steps);
    }

    [Fact]
    public async Task The_protocol_method_creates_with_deprecated_hyperparameters_and_cancels()
    {
        _system.Upstream.Script = FineTuneAspire.TestKit.JobScript.RunsForever;
        var body = new JsonObject
        {
            ["model"] = "base-1m", ["training_file"] = _system.AddFile(),
            ["hyperparameters"] = new JsonObject { ["n_epochs"] = 10, ["batch_size"] = 3, ["learning_rate_multiplier"] = 0.3 },
        };
        var job = await Sdk().FineTuneAsync(BinaryContent.Create(BinaryData.FromString(body.ToJsonString())), waitUntilCompleted: false, new RequestOptions());
        await _system.UntilAsync(job.JobId, known => known.Status == "running");
        await job.CancelAndUpdateAsync();
        Assert.Equal(FineTuningStatus.Cancelled, job.Status);
    }

    [Fact]
    public async Task The_list_of_jobs_pages_through_all_of_them()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
            ids.Insert(0, (await _system.CreateAsync()).Id);
        var listed = new List<string>();
        await foreach (var job in Sdk().GetJobsAsync(new FineTuningJobCollectionOptions { PageSize = 2 }))
        {
            listed.Add(job.JobId);
            if (listed.Count == 3)
                break;
        }

        Assert.Equal(ids, listed);
    }
}
