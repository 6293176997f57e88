namespace FineTuneAspire.Datasets.Lineage;

/// <summary>That a job was given a file, and what came of the job. One row for each file of a job.</summary>
public sealed class FileUse
{
    public const string Running = "running";

    private FileUse() { }

    public string JobId { get; private set; } = "";
    /// <summary>The job's field: `training_file` or `validation_file`.</summary>
    public string Param { get; private set; } = "";
    public string FileId { get; private set; } = "";
    public string Project { get; private set; } = "";
    public string Status { get; private set; } = Running;
    public string? Model { get; private set; }
    public DateTimeOffset CreatedAt { get; private set; }

    public static FileUse Create(string jobId, string param, string fileId, string project, TimeProvider clock) =>
        new() { JobId = jobId, Param = param, FileId = fileId, Project = project, CreatedAt = clock.GetUtcNow() };

    /// <param name="status">`succeeded`, `failed` or `cancelled`.</param>
    public void End(string status, string? model) => (Status, Model) = (status, model);
}
