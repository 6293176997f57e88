namespace FineTuneAspire.LocalProvider.Files;

/// <summary>A file as clients see it. `status` and `status_details` are deprecated by OpenAI and still sent.</summary>
public sealed record FileObject(string Object, string Id, string Purpose, string Filename, long Bytes, long CreatedAt, long? ExpiresAt, string Status, string? StatusDetails)
{
    public static FileObject From(StoredFile file) =>
        new("file", file.Id, file.Purpose, file.Filename, file.Bytes, file.CreatedAt, ExpiresAt: null, "processed", StatusDetails: null);
}

public sealed record FileList(string Object, IReadOnlyList<FileObject> Data, string? FirstId, string? LastId, bool HasMore);

public sealed record FileDeleted(string Id, string Object, bool Deleted);
