using FineTuneAspire.Contracts.Datasets.Messages;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Lineage;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Messaging;
using FineTuneAspire.ServiceDefaults.Faults;

namespace FineTuneAspire.Datasets.Validation;

/// <summary>Reads a job's files and answers Training. The caller holds the row locked in a transaction; the answer and the row's end commit together.</summary>
internal sealed class ValidateJobFiles(DatasetsDbContext db, FileStorage storage, TrainingFileValidator validator, TimeProvider clock)
{
    public async Task HandleAsync(TrainingFileCheck check, CancellationToken cancellationToken)
    {
        using var span = DatasetsTelemetry.StartValidation("validate training file", check.TraceParent);
        span?.SetTag("fta.job.id", check.JobId);

        var (training, trainingFile, validation, validationFile) = ((FileValidation?)null, (ValidatedFile?)null, (FileValidation?)null, (ValidatedFile?)null);
        var rejected = CheckMethod(check, out var method);
        if (rejected is null)
            (training, trainingFile, rejected) = await ReadAsync(check, FileRole.Training, method, check.TrainingFile, null, cancellationToken);
        if (rejected is null && check.ValidationFile is { } id)
            (validation, validationFile, rejected) = await ReadAsync(check, FileRole.Validation, method, id, training, cancellationToken);

        DatasetsTelemetry.Record(span, new[] { training, validation }.OfType<FileValidation>());
        FaultPoint.Reach("job-files-validated");
        db.TrainingFileChecks.Remove(check);
        if (rejected is not null)
        {
            db.Send(rejected);
            return;
        }

        foreach (var (param, file) in new[] { (FileRole.Training.Param(), check.TrainingFile), (FileRole.Validation.Param(), check.ValidationFile) })
        {
            // A job that asked twice is one job all the same.
            if (file is not null && await db.FileUses.FindAsync([check.JobId, param], cancellationToken) is null)
                db.FileUses.Add(FileUse.Create(check.JobId, param, file, check.Project, clock));
        }

        db.Send(new TrainingFileValidated(check.JobId, check.Project, trainingFile!, validationFile));
    }

    /// <summary>After too many tries that ended in an exception.</summary>
    public void GiveUp(TrainingFileCheck check)
    {
        db.TrainingFileChecks.Remove(check);
        db.Send(new TrainingFileRejected(check.JobId, check.Project, FileRole.Training.Param(), "validation_failed",
            "The server failed repeatedly while it read the job's files. Nothing is known to be wrong with them: create the job again, and tell the operator if it stays so.", null));
    }

    private static TrainingFileRejected? CheckMethod(TrainingFileCheck check, out TrainingMethod method)
    {
        method = TrainingMethods.Find(check.Method) ?? TrainingMethod.Supervised;
        if (method.Name() != check.Method)
            return new TrainingFileRejected(check.JobId, check.Project, FileRole.Training.Param(), FileRole.Training.InvalidCode(), $"The files of a job with the method '{FileName.Safe(check.Method)}' cannot be checked; known are {string.Join(", ", TrainingMethods.Names)}.", null);
        if (method == TrainingMethod.Reinforcement && check.ValidationFile is null)
            return new TrainingFileRejected(check.JobId, check.Project, FileRole.Validation.Param(), Rules.MissingValidationFile, "The method 'reinforcement' needs a validation file: name one in 'validation_file'.", null);
        return null;
    }

    private async Task<(FileValidation?, ValidatedFile?, TrainingFileRejected?)> ReadAsync(
        TrainingFileCheck check, FileRole role, TrainingMethod method, string id, FileValidation? training, CancellationToken cancellationToken)
    {
        TrainingFileRejected Rejected(string code, string message, int? line) => new(check.JobId, check.Project, role.Param(), code, message, line);

        if (await db.FindFileAsync(id, check.Project, clock, cancellationToken) is not { } file)
            return (null, null, Rejected(role.InvalidCode(), $"invalid {role.Param()}: {FileName.Safe(id)}. There is no such file; it may have been deleted.", null));
        if (file.Purpose != FilePurpose.FineTune)
            return (null, null, Rejected(role.InvalidCode(), $"invalid {role.Param()}: {id} has the purpose '{file.Purpose}'. Upload it with the purpose '{FilePurpose.FineTune}'.", null));

        await using var bytes = storage.OpenRead(file.Sha256);
        var validation = await validator.ValidateAsync(bytes, role, method, training: training, cancellationToken: cancellationToken);
        if (validation.IsValid && method.MaximumExamples(role) is { } most && validation.Examples > most)
            return (validation, null, Rejected(Rules.TooManyExamples, $"{role.Title()} has {validation.Examples} examples; the method '{method.Name()}' takes at most {most}.", null));
        if (validation.IsValid)
            return (validation, new ValidatedFile(file.Id, file.Sha256, file.Bytes, validation.Examples, validation.Tokens), null);
        var error = validation.ToError(role);
        return (validation, null, Rejected(error.Code, error.Message, error.Line));
    }
}
