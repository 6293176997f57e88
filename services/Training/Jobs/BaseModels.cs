using FineTuneAspire.ModelProvider;
using FineTuneAspire.Training.Persistence;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.Training.Jobs;

/// <summary>Where a job's `model` is trained.</summary>
/// <param name="BaseModel">The model at the bottom of a chain of fine-tunes.</param>
/// <param name="UpstreamModel">The provider's own id of the model.</param>
internal sealed record TrainableModel(string Provider, string BaseModel, string UpstreamModel);

/// <summary>Finds what a client may train: base models of the providers, and models and checkpoints that the project itself trained.</summary>
internal sealed class BaseModels(TrainingDbContext db, IProviders providers)
{
    /// <summary>Null when the project cannot train it; another project's model looks exactly like one that does not exist.</summary>
    /// <exception cref="ProviderException">A provider that might have it could not be asked.</exception>
    public async Task<TrainableModel?> FindAsync(string project, string model, CancellationToken cancellationToken)
    {
        if (!model.StartsWith("ft:", StringComparison.Ordinal))
            return await providers.FindForModelAsync(model, cancellationToken) is { } provider ? new(provider.Name, model, model) : null;

        var tuned = await db.Jobs.AsNoTracking()
            .Where(job => job.Project == project && job.FineTunedModel == model)
            .Select(job => new TrainableModel(job.Provider, job.BaseModel, job.UpstreamModel!))
            .SingleOrDefaultAsync(cancellationToken)
            ?? await db.Checkpoints.AsNoTracking()
                .Where(checkpoint => checkpoint.Model == model)
                .Join(db.Jobs.Where(job => job.Project == project), checkpoint => checkpoint.JobId, job => job.Id,
                    (checkpoint, job) => new TrainableModel(job.Provider, job.BaseModel, checkpoint.UpstreamModel))
                .FirstOrDefaultAsync(cancellationToken);
        return tuned is not null && providers.Find(tuned.Provider) is not null ? tuned : null;
    }
}
