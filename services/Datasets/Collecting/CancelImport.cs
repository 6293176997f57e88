using System.Security.Claims;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.ServiceDefaults.ApiKeys;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>`POST /v1/imports/{import_id}/cancel`: no file will come of it from now on. Whoever runs it stops when it next shows its progress, within a second while bytes flow.</summary>
internal static class CancelImport
{
    public static async Task<Results<Ok<ImportObject>, ApiError>> Handle(
        string import_id, ClaimsPrincipal user, DatasetsDbContext db, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.LockImportAsync(import_id, cancellationToken) is not { } import || import.Project != user.ProjectName())
            return ImportsApi.NotFound(import_id);
        if (!import.TryCancel(clock))
            return ApiError.Conflict($"{import_id} is {import.Status} already.", code: "import_ended");
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return TypedResults.Ok(import.ToObject());
    }
}
