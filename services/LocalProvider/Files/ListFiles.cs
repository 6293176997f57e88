using FineTuneAspire.LocalProvider.Persistence;
using FineTuneAspire.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace FineTuneAspire.LocalProvider.Files;

/// <summary>`GET /v1/files?purpose=&amp;limit=&amp;after=&amp;order=`: newest first unless asked otherwise.</summary>
internal static class ListFiles
{
    private const int MaxLimit = 10_000;

    public static async Task<Results<Ok<FileList>, ApiError>> Handle(ProviderDbContext db, string? purpose, int? limit, string? after, string? order, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > MaxLimit)
            return ApiError.BadRequest($"'limit' must be from 1 to {MaxLimit}.", "limit");
        if (order is not (null or "asc" or "desc"))
            return ApiError.BadRequest("'order' must be 'asc' or 'desc'.", "order");

        var files = db.Files.AsNoTracking();
        if (purpose is not null)
            files = files.Where(file => file.Purpose == purpose);
        var ascending = order == "asc";
        if (after is not null)
        {
            if (await db.Files.Where(file => file.Id == after).Select(file => (long?)file.Seq).SingleOrDefaultAsync(cancellationToken) is not { } seq)
                return ApiError.BadRequest($"No such File object: {after}", "after");
            files = ascending ? files.Where(file => file.Seq > seq) : files.Where(file => file.Seq < seq);
        }

        files = ascending ? files.OrderBy(file => file.Seq) : files.OrderByDescending(file => file.Seq);
        var size = limit ?? MaxLimit;
        var page = await files.Take(size + 1).ToListAsync(cancellationToken);
        var data = page.Take(size).Select(FileObject.From).ToList();
        return TypedResults.Ok(new FileList("list", data, data.FirstOrDefault()?.Id, data.LastOrDefault()?.Id, page.Count > size));
    }
}
