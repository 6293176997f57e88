using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace FineTuneAspire.ServiceDefaults.OpenApi;

/// <summary>
/// Fills the OpenAPI document with what the code says anyway: a route is described by the comment of its handler's class, a field by that of its
/// property. Examples stand in the service's `ApiExamples.json`, by method and path, each with a `request` or a `response` or both.
/// </summary>
internal sealed partial class DescribeApi(XmlDocumentation comments) : IOpenApiOperationTransformer, IOpenApiSchemaTransformer
{
    private const string Examples = "ApiExamples.json";
    private const string Json = "application/json";
    private static readonly ConcurrentDictionary<Assembly, JsonObject> ExamplesOf = new();

    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<MethodInfo>().FirstOrDefault() is not { DeclaringType: { } handler })
            return Task.CompletedTask;
        if (comments.Of(handler) is { } comment)
        {
            var text = Route().Replace(comment, "");
            text = text.Length == 0 ? comment : char.ToUpperInvariant(text[0]) + text[1..];
            operation.Description = text;
            operation.Summary = FirstSentence().Match(text) is { Success: true } sentence ? sentence.Value : text;
        }

        var route = $"{context.Description.HttpMethod} /{context.Description.RelativePath?.TrimEnd('/')}";
        if (ExamplesOf.GetOrAdd(handler.Assembly, ReadExamples)[route] is not JsonObject examples)
            return Task.CompletedTask;
        if (examples["request"] is { } request && operation.RequestBody?.Content is { } body && body.TryGetValue(Json, out var sent))
            sent.Example = request.DeepClone();
        if (examples["response"] is { } response && operation.Responses?.GetValueOrDefault("200")?.Content is { } answer && answer.TryGetValue(Json, out var answered))
            answered.Example = response.DeepClone();
        return Task.CompletedTask;
    }

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonPropertyInfo?.AttributeProvider is PropertyInfo property)
            schema.Description ??= comments.Of(property);
        else if (context.JsonPropertyInfo is null)
            schema.Description ??= comments.Of(context.JsonTypeInfo.Type);
        return Task.CompletedTask;
    }

    /// <summary>Empty where the service has none.</summary>
    internal static JsonObject ReadExamples(Assembly service)
    {
        using var stream = service.GetManifestResourceStream(Examples);
        return stream is null ? [] : JsonNode.Parse(stream)!.AsObject();
    }

    /// <summary>The route with which the comment of a handler begins; the document has it already.</summary>
    [GeneratedRegex(@"^`[A-Z]+ [^`]+`(, and `[^`]+`)?[:.,]\s*")]
    private static partial Regex Route();

    [GeneratedRegex(@"^.*?[.;](?=\s|$)")]
    private static partial Regex FirstSentence();
}
