using System.Net;

namespace FineTuneAspire.WholeSystem.Tests;

/// <summary>One object of every kind, owned by the first project, to be asked for by the second.</summary>
public sealed record OwnedObjects(string FileId, string DatasetId, string JobId, string Model, string EvaluationId, string UploadId, string ImportId, string RecipeId, string AnnotationQueueId)
{
    public IReadOnlyList<string> Ids => [FileId, DatasetId, JobId, Model, EvaluationId, UploadId, ImportId, RecipeId, AnnotationQueueId];

    /// <summary>The first project's id for a path parameter.</summary>
    public string For(string path, string parameter) => (Kind(path), parameter) switch
    {
        (_, "version" or "n" or "number") => "1",
        ("files", _) => FileId,
        ("uploads", _) => UploadId,
        ("imports", _) => ImportId,
        ("recipes", _) => RecipeId,
        ("annotation_queues", _) => AnnotationQueueId,
        ("datasets", _) => DatasetId,
        ("fine_tuning", _) => JobId,
        ("models", _) => Model,
        ("evaluations", _) => EvaluationId,
        _ => throw new InvalidOperationException($"Name an object of the first project for '{{{parameter}}}' of {path} here."),
    };

    /// <summary>An id of the same form and length that nobody has.</summary>
    public string Unlike(string path, string parameter)
    {
        var id = For(path, parameter);
        return parameter is "version" or "n" or "number" ? id : id[..^8] + "00000000";
    }

    public async Task AssertUntouchedAsync(RunningSystem system)
    {
        foreach (var path in new[] { $"/v1/files/{FileId}", $"/v1/datasets/{DatasetId}", $"/v1/fine_tuning/jobs/{JobId}", $"/v1/models/{Uri.EscapeDataString(Model)}", $"/v1/evaluations/{EvaluationId}", $"/v1/imports/{ImportId}", $"/v1/recipes/{RecipeId}" })
        {
            using var response = await system.SendAsync(HttpMethod.Get, path, system.FirstKey);
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path} answered its owner {(int)response.StatusCode}");
        }
    }

    private static string Kind(string path) => path.Split('/')[2];
}
