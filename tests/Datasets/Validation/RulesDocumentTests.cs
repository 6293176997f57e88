using System.Reflection;
using System.Text.RegularExpressions;
using FineTuneAspire.Datasets.Importing;
using FineTuneAspire.Datasets.Validation;

namespace FineTuneAspire.Datasets.Tests.Validation;

public partial class RulesDocumentTests
{
    [Fact]
    public void Every_rule_is_described_and_nothing_else()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root!.FullName, "FineTuneAspire.sln")))
            root = root.Parent;
        var tables = File.ReadLines(Path.Combine(root.FullName, "docs", "training-files.md")).SkipWhile(line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(line => line.StartsWith('|'));
        var described = tables.SelectMany(row => Name().Matches(row.Split('|')[1]).Select(match => match.Groups[1].Value));
        var known = typeof(Rules).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(string)).Select(field => (string)field.GetRawConstantValue()!);
        Assert.Equal(known.Append(ArLsatImporter.FewOptions).Order(), described.Order());
    }

    [GeneratedRegex("`([a-z0-9_]+)`")]
    private static partial Regex Name();
}
