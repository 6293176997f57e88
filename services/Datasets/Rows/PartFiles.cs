using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Catalog;
using FineTuneAspire.Datasets.Files;
using FineTuneAspire.Datasets.Persistence;
using FineTuneAspire.Datasets.Splitting;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Rows;

/// <summary>The files of a version's parts, opened when first read from; a part whose file was deleted has no contents.</summary>
internal sealed class PartFiles(DatasetVersion version, DatasetsDbContext db, FileStorage storage, TimeProvider clock) : IAsyncDisposable
{
    private readonly Dictionary<Part, FileStream?> opened = [];

    public static readonly IReadOnlyDictionary<string, Part> Names = new Dictionary<string, Part> { ["training"] = Part.Train, ["validation"] = Part.Validation, ["test"] = Part.Test };

    public static string NameOf(Part part) => Names.Single(name => name.Value == part).Key;

    /// <returns>Null when the part has no file, or it was deleted.</returns>
    public async Task<FileStream?> OpenAsync(Part part, CancellationToken cancellationToken)
    {
        if (opened.TryGetValue(part, out var stream))
            return stream;
        var id = part switch { Part.Train => version.TrainingFile, Part.Validation => version.ValidationFile, _ => version.TestFile };
        var file = id is null ? null : await db.FindFileAsync(id, version.Project, clock, cancellationToken);
        return opened[part] = file is null ? null : storage.OpenRead(file.Sha256);
    }

    /// <summary>The row as the API shows it, read from its place.</summary>
    public async Task<DatasetRow> ReadAsync(Row row, CancellationToken cancellationToken)
    {
        if (await OpenAsync(row.Part, cancellationToken) is not { } file)
            return Show(row, content: null);
        file.Position = row.Offset;
        var reader = new LineReader(file, int.MaxValue - 1);
        await reader.ReadAsync(cancellationToken);
        return Show(row, Parse(reader.Line));
    }

    public static DatasetRow Show(Row row, JsonElement? content) => new(row.Id, NameOf(row.Part), row.Line, row.SourceLine, row.Group.ToString("x16", System.Globalization.CultureInfo.InvariantCulture), content);

    public static JsonElement Parse(ReadOnlyMemory<byte> line)
    {
        using var document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = Rules.MaximumDepth });
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var file in opened.Values.OfType<FileStream>())
            await file.DisposeAsync();
    }
}
