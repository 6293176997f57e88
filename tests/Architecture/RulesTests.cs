using System.Runtime.CompilerServices;
using FineTuneAspire.TestKit;

namespace FineTuneAspire.Architecture.Tests;

/// <summary>Each rule holds for the repository, and is seen to find a made-up violation.</summary>
public sealed class RulesTests
{
    private static readonly string Repository = Path.GetFullPath(Path.Combine(Folder(), "..", ".."));

    [Fact]
    public void Projects_reference_only_what_the_design_allows() => Assert.Empty(Rules.ForbiddenReferences(Repository));

    [Theory]
    [InlineData("services/Training/FineTuneAspire.Training.csproj", "../Datasets/FineTuneAspire.Datasets.csproj")]
    [InlineData("services/LocalProvider/FineTuneAspire.LocalProvider.csproj", "../../libraries/Contracts/FineTuneAspire.Contracts.csproj")]
    [InlineData("services/Studio/FineTuneAspire.Studio.csproj", "../../libraries/Messaging/FineTuneAspire.Messaging.csproj")]
    [InlineData("libraries/LocalModel/FineTuneAspire.LocalModel.csproj", "../Contracts/FineTuneAspire.Contracts.csproj")]
    [InlineData("ServiceDefaults/FineTuneAspire.ServiceDefaults.csproj", "../libraries/Contracts/FineTuneAspire.Contracts.csproj")]
    public void Finds_a_forbidden_reference(string project, string reference) =>
        Assert.Single(Rules.ForbiddenReferences(Tree((project, $"""<Project><ItemGroup><ProjectReference Include="{reference}" /></ItemGroup></Project>"""))));

    [Fact]
    public void Versions_stand_in_the_central_file() => Assert.Empty(Rules.VersionsOutsideTheCentralFile(Repository));

    [Fact]
    public void Finds_a_version_elsewhere() =>
        Assert.Single(Rules.VersionsOutsideTheCentralFile(Tree(("a/A.csproj", """<Project><ItemGroup><PackageReference Include="X" Version="1" /></ItemGroup></Project>"""))));

    [Fact]
    public void No_project_is_named_for_nothing() => Assert.Empty(Rules.NamesWithoutMeaning(Repository));

    [Theory]
    [InlineData("a/FineTuneAspire.Common.csproj")]
    [InlineData("a/FineTuneAspire.OpenAI.csproj")]
    public void Finds_a_name_without_meaning(string project) => Assert.Single(Rules.NamesWithoutMeaning(Tree((project, "<Project />"))));

    [Fact]
    public void MassTransit_is_8_5_12_and_nothing_else() => Assert.Empty(Rules.OtherMassTransit(Repository));

    [Theory]
    [InlineData("8.5.12", "8.5.12")]
    [InlineData("[8.5.12]", "9.2.6")]
    [InlineData("[9.2.6]", "8.5.12")]
    public void Finds_another_MassTransit(string pinned, string restored) => Assert.Single(Rules.OtherMassTransit(Tree(
        ("Directory.Packages.props", $"""<Project><ItemGroup><PackageVersion Include="MassTransit.RabbitMQ" Version="{pinned}" /></ItemGroup></Project>"""),
        ("a/obj/project.assets.json", "{\"libraries\":{\"MassTransit/" + restored + "\":{}}}"))));

    [Fact]
    public void Bus_types_stay_in_Messaging_and_the_consumers() => Assert.Empty(Rules.MassTransitOutsideConsumers(Repository));

    [Fact]
    public void Finds_a_bus_type_in_a_use_case()
    {
        var tree = Tree(
            ("services/A/CreateJob.cs", "using MassTransit;\n"),
            ("services/A/StartJobConsumer.cs", "using MassTransit;\n"),
            ("libraries/Messaging/Bus.cs", "using MassTransit;\n"));
        Assert.Equal(["services/A/CreateJob.cs uses MassTransit"], Rules.MassTransitOutsideConsumers(tree));
    }

    [Fact]
    public void A_program_is_a_table_of_contents() => Assert.Empty(Rules.LongPrograms(Repository));

    [Fact]
    public void Finds_a_long_program() => Assert.Single(Rules.LongPrograms(Tree(("services/A/Program.cs", string.Concat(Enumerable.Repeat("line\n", 71))))));

    [Fact]
    public void The_vendors_types_do_not_leave_ModelProvider() =>
        Assert.Empty(Rules.PublicMentions(System.Reflection.Assembly.Load("FineTuneAspire.ModelProvider").GetExportedTypes(), "OpenAI"));

    [Fact]
    public void Finds_a_vendors_type_in_a_signature() => Assert.NotEmpty(Rules.PublicMentions([typeof(Leaky)], "System.Text"));

    public sealed class Leaky
    {
        public System.Text.StringBuilder? Leak { get; set; }
    }

    private static string Tree(params (string Path, string Text)[] files)
    {
        var root = TestFolder.Create("tree");
        foreach (var (path, text) in files)
        {
            var full = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
        }

        return root;
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
