using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FineTuneAspire.ServiceDefaults.OpenApi;

/// <summary>What the comments of our own code say of a type or a property, for the OpenAPI document. Read from the XML files beside the assemblies.</summary>
internal sealed partial class XmlDocumentation
{
    private readonly Lazy<IReadOnlyDictionary<string, XElement>> members = new(Read);

    /// <summary>The summary of a type, or null.</summary>
    public string? Of(Type type) => SummaryOf($"T:{NameOf(type)}");

    /// <summary>The summary of a property, or what its record says of the parameter that it was made of; null where there is neither.</summary>
    public string? Of(PropertyInfo property) =>
        SummaryOf($"P:{NameOf(property.DeclaringType!)}.{property.Name}")
        ?? Text(members.Value.GetValueOrDefault($"T:{NameOf(property.DeclaringType!)}")?.Elements("param").FirstOrDefault(param => (string?)param.Attribute("name") == property.Name));

    private string? SummaryOf(string member) => Text(members.Value.GetValueOrDefault(member)?.Element("summary"));

    private static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!.Replace('+', '.');

    private static string? Text(XElement? element)
    {
        if (element is null)
            return null;
        var text = string.Concat(element.Nodes().Select(node => node switch
        {
            XText words => words.Value,
            XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } cref => $"`{WireName(cref.Value)}`",
            XElement { Name.LocalName: "paramref" } reference => $"`{System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName((string)reference.Attribute("name")!)}`",
            XElement other => other.Value,
            _ => "",
        }));
        text = Spaces().Replace(text, " ").Trim();
        return text.Length == 0 ? null : text;
    }

    /// <summary>`P:….ImportRequest.Format` is `format` on the wire; a type keeps its name.</summary>
    private static string WireName(string cref)
    {
        var name = cref[(cref.LastIndexOf('.') + 1)..];
        return cref.StartsWith("P:", StringComparison.Ordinal) ? System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name) : name;
    }

    private static Dictionary<string, XElement> Read() =>
        Directory.EnumerateFiles(AppContext.BaseDirectory, "FineTuneAspire.*.xml")
            .SelectMany(file => XDocument.Load(file).Descendants("member"))
            .GroupBy(member => (string)member.Attribute("name")!)
            .ToDictionary(group => group.Key, group => group.First());

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
