using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>The known forms, the more particular before the more general.</summary>
public static class Importers
{
    public const string Auto = "auto";

    private static readonly IReadOnlyList<Importer> Known =
        [new ChatImporter(), new ShareGptImporter(), new ArLsatImporter(), new MultipleChoiceImporter(), new AlpacaImporter(), new PromptCompletionImporter()];

    public static IEnumerable<string> Formats => [Auto, .. Known.Select(importer => importer.Format), TemplateImporter.Name];

    /// <param name="request">Its format is known (see <see cref="Formats"/>).</param>
    /// <returns>Null when the form is to be found by looking and none fits.</returns>
    public static Importer? Find(ImportRequest request, JsonElement firstRecord) => request switch
    {
        { Template: { } template } => new TemplateImporter(template),
        { Format: Auto } => Known.FirstOrDefault(importer => importer.Recognises(firstRecord)),
        _ => Known.Single(importer => importer.Format == request.Format),
    };

    /// <summary>What is wrong with the request, or null.</summary>
    public static string? Check(ImportRequest request)
    {
        if (!Formats.Contains(request.Format))
            return $"'import.format' must be one of {string.Join(", ", Formats)}.";
        if (request.Format == TemplateImporter.Name != request.Template is not null && request.Format != Auto)
            return request.Template is null ? "'import.format' template needs 'import.template'." : $"'import.template' does not go with the format {request.Format}.";
        return request.Template is { } template ? TemplateImporter.Check(template) : null;
    }
}
