using System.Text.Json;
using FineTuneAspire.Contracts.Datasets.Api;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Importing;

/// <summary>The known forms, the more particular before the more general.</summary>
public static class Importers
{
    public const string Auto = "auto";

    private static readonly IReadOnlyList<Importer> Known =
        [new ChatImporter(), new ShareGptImporter(), new ArLsatImporter(), new MultipleChoiceImporter(), new AlpacaImporter(), new PromptCompletionImporter(),
        new PreferenceImporter(), new PreferencePairsImporter(), new ReinforcementImporter()];

    public static IEnumerable<string> Formats => [Auto, .. Known.Select(importer => importer.Format), TemplateImporter.Name];

    /// <summary>The form that the method's training files have.</summary>
    public static string ReadyFormat(this TrainingMethod method) => method switch
    {
        TrainingMethod.Dpo => PreferenceImporter.Name,
        TrainingMethod.Reinforcement => ReinforcementImporter.Name,
        _ => ChatImporter.Name,
    };

    /// <param name="request">Its format is known (see <see cref="Formats"/>).</param>
    /// <returns>Null when the form is to be found by looking and none fits.</returns>
    public static Importer? Find(ImportRequest request, TrainingMethod method, JsonElement firstRecord) => request switch
    {
        { Template: { } template } => new TemplateImporter(template),
        { Format: Auto } => Known.FirstOrDefault(importer => importer.Method == method && importer.Recognises(firstRecord)),
        _ => Known.Single(importer => importer.Format == request.Format),
    };

    /// <summary>What is wrong with the request, or null.</summary>
    public static string? Check(ImportRequest request, TrainingMethod method)
    {
        if (!Formats.Contains(request.Format))
            return $"'import.format' must be one of {string.Join(", ", Formats)}.";
        if (request.Format == TemplateImporter.Name != request.Template is not null && request.Format != Auto)
            return request.Template is null ? "'import.format' template needs 'import.template'." : $"'import.template' does not go with the format {request.Format}.";
        if (request.Template is not null && method != TrainingMethod.Supervised)
            return $"'import.template' makes examples for the method 'supervised', not for '{method.Name()}'.";
        if (Known.FirstOrDefault(importer => importer.Format == request.Format) is { } named && named.Method != method)
            return $"'import.format' {named.Format} makes examples for the method '{named.Method.Name()}'; for '{method.Name()}' there are {string.Join(", ", Known.Where(importer => importer.Method == method).Select(importer => importer.Format))}.";
        return request.Template is { } template ? TemplateImporter.Check(template) : null;
    }
}
