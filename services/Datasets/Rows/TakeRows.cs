using System.Security.Cryptography;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Validation;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Rows;

/// <summary>Takes the rows of an earlier version as the source of a new one: nothing is converted, and each row keeps its group.</summary>
internal sealed class TakeRows(IOptions<ValidationOptions> options)
{
    /// <param name="bytes">Of one or several parts; seekable, at its beginning.</param>
    public async Task<ImportedFile> HandleAsync(string format, Stream bytes, RowManifest parent, string? file, CancellationToken cancellationToken)
    {
        var groups = new List<ulong>();
        var hash = new byte[RowManifest.HashBytes];
        var reader = new LineReader(bytes, options.Value.MaxLineBytes);
        while (await reader.ReadAsync(cancellationToken))
        {
            SHA256.HashData(reader.Line.Span, hash);
            groups.Add(parent.Find(hash)?.Group ?? throw new InvalidDataException($"Line {reader.Number} of a part is not in the version's row manifest."));
        }

        return ImportedFile.OfVersion(format, bytes, groups, file);
    }
}
