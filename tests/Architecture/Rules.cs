using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace FineTuneAspire.Architecture.Tests;

/// <summary>The rules of docs/architecture.md over a source tree; each returns the violations it finds, as sentences.</summary>
internal static partial class Rules
{
    /// <summary>Which projects of ours a project may reference, by the folder it lies in.</summary>
    private static readonly (string Folder, string[] Allowed)[] References =
    [
        ("libraries/Messaging", ["Contracts"]),
        ("libraries/", []),
        ("ServiceDefaults", []),
        ("services/LocalProvider", ["LocalModel", "ServiceDefaults"]),
        ("services/Studio", ["Contracts", "ServiceDefaults"]),
        ("services/Datasets", ["Contracts", "ServiceDefaults", "Messaging", "Pricing", "LocalModel"]),
        ("services/", ["Contracts", "ServiceDefaults", "Messaging", "ModelProvider", "Pricing"]),
        ("clients/", ["Contracts"]),
    ];

    public static IEnumerable<string> ForbiddenReferences(string root) =>
        from project in Projects(root)
        let path = Relative(root, project)
        let rule = Array.Find(References, rule => path.StartsWith(rule.Folder, StringComparison.Ordinal))
        where rule.Folder is not null
        from reference in XDocument.Load(project).Descendants("ProjectReference")
        let name = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')).Replace("FineTuneAspire.", "", StringComparison.Ordinal)
        where !rule.Allowed.Contains(name)
        select $"{path} references {name}";

    public static IEnumerable<string> VersionsOutsideTheCentralFile(string root) =>
        from project in Projects(root)
        from package in XDocument.Load(project).Descendants("PackageReference")
        where package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null || package.Element("Version") is not null
        select $"{Relative(root, project)} gives {package.Attribute("Include")?.Value} a version";

    public static IEnumerable<string> NamesWithoutMeaning(string root) =>
        from project in Projects(root)
        where Path.GetFileNameWithoutExtension(project).Split('.').Intersect(["Common", "Core", "Shared", "Utils", "Helpers", "OpenAI"]).Any()
        select $"{Relative(root, project)} is named for nothing in particular, or shadows a vendor's namespace";

    /// <summary>MassTransit is 8.5.12 in the central file, and in everything that was restored.</summary>
    public static IEnumerable<string> OtherMassTransit(string root)
    {
        foreach (var package in XDocument.Load(Path.Combine(root, "Directory.Packages.props")).Descendants("PackageVersion"))
        {
            if (IsMassTransit(package.Attribute("Include")!.Value) && package.Attribute("Version")!.Value != "[8.5.12]")
                yield return $"Directory.Packages.props pins {package.Attribute("Include")!.Value} to {package.Attribute("Version")!.Value}";
        }

        foreach (var assets in Files(root, "project.assets.json", generated: true))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(assets));
            foreach (var library in document.RootElement.GetProperty("libraries").EnumerateObject())
            {
                if (library.Name.Split('/') is [var name, var version] && IsMassTransit(name) && version != "8.5.12")
                    yield return $"{Relative(root, assets)} restored {library.Name}";
            }
        }
    }

    /// <summary>Bus types belong to Messaging and to the files that are consumers.</summary>
    public static IEnumerable<string> MassTransitOutsideConsumers(string root) =>
        from file in Sources(root)
        let path = Relative(root, file)
        where !path.StartsWith("libraries/Messaging/", StringComparison.Ordinal) && !path.StartsWith("tests/", StringComparison.Ordinal)
        where !path.EndsWith("Consumer.cs", StringComparison.Ordinal) && !path.EndsWith("ConsumerDefinition.cs", StringComparison.Ordinal)
        where UsesMassTransit().IsMatch(File.ReadAllText(file))
        select $"{path} uses MassTransit";

    public static IEnumerable<string> LongPrograms(string root) =>
        from file in Sources(root)
        where Path.GetFileName(file) == "Program.cs" && Relative(root, file).StartsWith("services/", StringComparison.Ordinal)
        let lines = File.ReadLines(file).Count()
        where lines > 70
        select $"{Relative(root, file)} has {lines} lines";

    /// <summary>Public members of the assembly whose signature names a type of the vendor's namespace.</summary>
    public static IEnumerable<string> PublicMentions(IEnumerable<Type> types, string vendorNamespace) =>
        from type in types
        where type.IsVisible
        from member in type.GetMembers()
        let text = $"{member} {type.BaseType?.FullName} {string.Join(' ', type.GetInterfaces().Select(contract => contract.FullName))}"
        where Regex.IsMatch(text, $@"(?<![\w.]){Regex.Escape(vendorNamespace)}\.")
        select $"{type.FullName}.{member.Name}";

    private static bool IsMassTransit(string package) => package == "MassTransit" || package.StartsWith("MassTransit.", StringComparison.Ordinal);

    private static IEnumerable<string> Projects(string root) => Files(root, "*.csproj");

    private static IEnumerable<string> Sources(string root) => Files(root, "*.cs");

    private static IEnumerable<string> Files(string root, string pattern, bool generated = false) =>
        Directory.EnumerateFiles(root, pattern, SearchOption.AllDirectories)
            .Where(file => generated || !Relative(root, file).Split('/').Intersect(["bin", "obj", ".data"]).Any());

    private static string Relative(string root, string file) => Path.GetRelativePath(root, file).Replace('\\', '/');

    [GeneratedRegex(@"^\s*(global )?using MassTransit|\bMassTransit\.(?!\s)", RegexOptions.Multiline)]
    private static partial Regex UsesMassTransit();
}
