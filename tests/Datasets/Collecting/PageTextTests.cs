using System.Text;
using FineTuneAspire.Datasets.Collecting.Web;

namespace FineTuneAspire.Datasets.Tests.Collecting;

public class PageTextTests
{
    /// <summary>Pages that make a parser of HTML build millions of elements or recurse without end.</summary>
    [Theory]
    [InlineData("deep")]
    [InlineData("formatting")]
    [InlineData("tables")]
    [InlineData("attributes")]
    [InlineData("unclosed")]
    public async Task A_page_built_to_be_hard_to_read_ends_in_time(string kind)
    {
        var html = kind switch
        {
            "deep" => string.Concat(Enumerable.Repeat("<div>", 200_000)) + "text",
            "formatting" => string.Concat(Enumerable.Range(0, 20_000).Select(i => $"<b a{i}>")) + string.Concat(Enumerable.Repeat("<p>x", 20_000)),
            "tables" => string.Concat(Enumerable.Repeat("<table><tr><td><a>", 50_000)),
            "attributes" => "<p " + string.Concat(Enumerable.Range(0, 50_000).Select(i => $"a{i}=b ")) + ">text</p>",
            _ => string.Concat(Enumerable.Repeat("<!--", 100_000)) + string.Concat(Enumerable.Repeat("<a href='", 50_000)),
        };
        var work = Task.Run(async () =>
        {
            try
            {
                await PageText.ExtractAsync(new Uri("https://example.org/"), Encoding.UTF8.GetBytes(html), null, TimeProvider.System, TestContext.Current.CancellationToken);
            }
            catch (PageException)
            {
                // Refused as too complex.
            }
        });
        await work.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
