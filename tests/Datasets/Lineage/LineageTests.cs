using System.Net;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Contracts.Training.Messages;
using FineTuneAspire.Datasets.Tests.Validation;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Datasets.Tests.Lineage;

public class LineageTests(DatasetsService service) : IClassFixture<DatasetsService>
{
    [Fact]
    public async Task A_version_names_its_ancestors_its_descendants_and_the_jobs_and_models_made_with_it()
    {
        await using var bus = await Listener.StartAsync(service.Bus);
        var first = await service.DatasetAsync(ChatFiles.Lines(40));
        var child = await service.VersionAsync(first.DatasetId, new CreateDatasetVersionRequest { Parent = 1 });
        var grandchild = await service.VersionAsync(first.DatasetId, new CreateDatasetVersionRequest { Parent = 2 });
        await service.VersionAsync(first.DatasetId, new CreateDatasetVersionRequest { File = first.SourceFile });

        await bus.SayAsync(new ValidateTrainingFile("ftjob-won", "first", child.TrainingFile!, child.ValidationFile, "supervised"));
        await bus.SayAsync(new ValidateTrainingFile("ftjob-lost", "first", child.TrainingFile!, null, "supervised"));
        await bus.OneAsync<TrainingFileValidated>(message => message.JobId == "ftjob-won");
        await bus.OneAsync<TrainingFileValidated>(message => message.JobId == "ftjob-lost");
        await bus.SayAsync(new TrainingSucceeded("ftjob-won", "first", "local", "base-1m", "ft:base-1m:first::x", "up", [], DateTimeOffset.UnixEpoch));
        await bus.SayAsync(new TrainingFailed("ftjob-lost", "first", "diverged", "It diverged.", DateTimeOffset.UnixEpoch));

        DatasetLineage lineage = null!;
        await Eventually.True(async () => (lineage = await LineageAsync(child)).Jobs.All(job => job.Status != "running"), because: "both jobs' ends are known");
        Assert.Equal([2, 1], lineage.Ancestors.Select(version => version.Version));
        Assert.Equal([3], lineage.Descendants);
        var (won, lost) = (lineage.Jobs.Single(job => job.JobId == "ftjob-won"), lineage.Jobs.Single(job => job.JobId == "ftjob-lost"));
        Assert.Equal(("succeeded", "ft:base-1m:first::x", child.TrainingFile, child.ValidationFile), (won.Status, won.Model, won.Files["training_file"], won.Files["validation_file"]));
        Assert.Equal(("failed", null, 1), (lost.Status, lost.Model, lost.Files.Count));

        Assert.Equal([2, 3], (await LineageAsync(first)).Descendants);
        Assert.Empty((await LineageAsync(grandchild)).Jobs);
        var (status, _) = await service.SendAsync(HttpMethod.Get, $"/v1/datasets/{first.DatasetId}/versions/1/lineage", client: service.Second);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    private Task<DatasetLineage> LineageAsync(DatasetVersionObject version) => service.GetAsync<DatasetLineage>($"/v1/datasets/{version.DatasetId}/versions/{version.Version}/lineage");
}
