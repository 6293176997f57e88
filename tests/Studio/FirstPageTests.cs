using System.Text.RegularExpressions;

namespace FineTuneAspire.Studio.Tests;

public class FirstPageTests(StudioHost host)
{
    [Fact]
    public async Task Has_no_inline_script_or_style_and_a_policy_that_would_not_run_one()
    {
        using var answer = await host.Client().GetAsync("/");
        var html = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Matches(@"<script type=""module"" src=""/assets/page\.js""></script>", html);
        Assert.Single(Regex.Matches(html, "<script"));
        Assert.DoesNotMatch(@"<style|\sstyle=|\son[a-z]+=|javascript:", html);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'; script-src 'self'", policy);
        Assert.DoesNotContain("unsafe", policy);
    }

    [Fact]
    public async Task Names_its_own_address_and_encodes_what_configuration_gives()
    {
        var html = await host.Client().GetStringAsync("/");

        Assert.Contains($"<code>{host.BaseUrl.TrimEnd('/')}/v1</code>", html);
        Assert.Contains("href=\"http://127.0.0.1:9/?a=1&amp;b=&quot;&lt;\"", html);
        Assert.DoesNotContain("{{", html);
        Assert.All(new[] { "datasets", "training", "inference" }, service => Assert.Contains($"href=\"/openapi/{service}.json\"", html));
    }

    [Theory]
    [InlineData("page.js", "text/javascript")]
    [InlineData("chart.js", "text/javascript")]
    [InlineData("page.css", "text/css")]
    [InlineData("icon.svg", "image/svg+xml")]
    public async Task Serves_its_assets_itself_and_names_no_other_host(string name, string contentType)
    {
        using var answer = await host.Client().GetAsync($"/assets/{name}");
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(contentType, answer.Content.Headers.ContentType!.MediaType);
        Assert.DoesNotMatch(@"https?://(?!www\.w3\.org/2000/svg)", text);
        Assert.DoesNotContain("innerHTML", text);
    }
}
