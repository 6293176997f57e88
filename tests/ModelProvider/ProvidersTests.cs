using FineTuneAspire.ModelProvider.Chat;
using FineTuneAspire.TestKit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.ModelProvider.Tests;

public class ProvidersTests
{
    [Fact]
    public async Task A_wrong_section_stops_the_start_and_all_its_errors_are_told_at_once()
    {
        using var host = ProviderHost.Build(
            ("Providers:Bad_Name:Enabled", "true"), ("Providers:a:ApiKey", "k"), ("Providers:b:BaseUrl", "ftp://x"), ("Providers:b:ApiKey", "two words"),
            ("Providers:c:Kind", "magic"), ("Providers:openai:Enabled", "true"), ("Providers:d:Timeout", "01:00:00"));

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Equal(
        [
            "Providers:Bad_Name: the name must be 1 to 32 of a-z, 0-9 and '-', beginning with a letter.",
            "Providers:Bad_Name:BaseUrl is not set. Give the endpoint up to its version, for example http://127.0.0.1:8000/v1, or set Providers:Bad_Name:Enabled to false.",
            "Providers:a:BaseUrl is not set. Give the endpoint up to its version, for example http://127.0.0.1:8000/v1, or set Providers:a:Enabled to false.",
            "Providers:b:ApiKey has a space, a line break or a character that a header cannot carry.",
            "Providers:b:BaseUrl is 'ftp://x'; it must be an absolute http or https URL without user, query and fragment.",
            "Providers:c:Kind is 'magic'; it must be openai, azure or compatible.",
            "Providers:d:Timeout is 01:00:00; it must be more than zero and at most 00:10:00.",
            "Providers:openai:ApiKey is not set although Providers:openai:Enabled is true. Set it, or leave Enabled out.",
        ], exception.Failures);
    }

    [Fact]
    public void A_provider_without_a_key_is_off_and_local_comes_first()
    {
        using var host = ProviderHost.Build(
            ("Providers:openai:ListIsConsistent", "false"), ("Providers:azure:ApiKey", "k"), ("Providers:azure:BaseUrl", "https://x.openai.azure.com/openai/v1/"),
            ("Providers:local:ApiKey", "k"), ("Providers:local:BaseUrl", "http://127.0.0.1:1/v1"), ("Providers:local:ListIsConsistent", "true"));
        var providers = (IProviders)host.Services.GetService(typeof(IProviders))!;

        Assert.Equal(
            [new ProviderInfo("local", "compatible", new("http://127.0.0.1:1/v1"), true), new ProviderInfo("azure", "azure", new("https://x.openai.azure.com/openai/v1"), false)],
            providers.Enabled);
        Assert.Null(providers.Find("openai"));
        using var request = providers.CreateRequest("azure", HttpMethod.Post, "chat/completions");
        Assert.Equal("https://x.openai.azure.com/openai/v1/chat/completions", request.RequestUri!.ToString());
        Assert.Equal(["k"], request.Headers.GetValues("api-key"));
        Assert.Null(request.Headers.Authorization);
    }

    [Fact]
    public async Task A_base_model_is_found_at_the_provider_that_lists_it_and_the_list_is_kept()
    {
        // Patient, so that a slow moment is not read again and counted.
        await using var host = await ProviderHost.StartAsync(
            ("Providers:listed:BaseUrl", "http://127.0.0.1:1/v1"), ("Providers:listed:ApiKey", "k"), ("Providers:listed:Models:0", "named-1"), ("Providers:fake:Timeout", "00:00:30"));
        host.Upstream.Models.Add("ft:base-1m:someone::abc");

        Assert.Equal("listed", (await host.Providers.FindForModelAsync("named-1", default))!.Name);
        Assert.Empty(host.Upstream.Requests);
        Assert.Equal("fake", (await host.Providers.FindForModelAsync("base-1m", default))!.Name);
        Assert.Null(await host.Providers.FindForModelAsync("no-such-model", default));
        Assert.Null(await host.Providers.FindForModelAsync("ft:base-1m:someone::abc", default));
        Assert.Null(await host.Providers.FindForModelAsync("../models\r\n", default));
        Assert.Single(host.Upstream.Requests);
    }

    [Fact]
    public async Task An_unknown_model_is_an_error_while_a_provider_cannot_be_asked()
    {
        await using var host = await ProviderHost.StartAsync(("Providers:dead:BaseUrl", "http://127.0.0.1:1/v1"), ("Providers:dead:ApiKey", "k"));

        Assert.Equal("fake", (await host.Providers.FindForModelAsync("base-1m", default))!.Name);
        var exception = await Assert.ThrowsAsync<ProviderException>(() => host.Providers.FindForModelAsync("no-such-model", default));
        Assert.Equal("Provider 'dead' at http://127.0.0.1:1 cannot be reached (ConnectionError).", exception.Message);
    }

    [Fact]
    public async Task Chat_answers_with_text_reason_and_usage()
    {
        await using var host = await ProviderHost.StartAsync();
        var answer = await host.Providers.Chat("fake").AskAsync("base-1m", [new("system", "s"), new("user", "u")], new(Temperature: 0, MaxCompletionTokens: 5), default);

        Assert.Equal(new ChatAnswer("fake answer", "stop", 7, 2, "base-1m"), answer);
        Assert.Contains("\"max_completion_tokens\":5", host.Upstream.Requests[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_with_an_unknown_model_or_a_wrong_key_throws_our_error()
    {
        await using var host = await ProviderHost.StartAsync();
        var chat = host.Providers.Chat("fake");
        var unknown = await Assert.ThrowsAsync<ProviderException>(() => chat.AskAsync("nope", [new("user", "u")], new(), default));
        Assert.Equal((ProviderErrorKind.NotFound, "model_not_found"), (unknown.Kind, unknown.Error.Code));

        host.Upstream.Faults.On("POST chat/completions", UpstreamFault.WrongKey);
        var unauthorized = await Assert.ThrowsAsync<ProviderException>(() => chat.AskAsync("base-1m", [new("user", "u")], new(), default));
        Assert.DoesNotContain(FakeUpstream.Key, unauthorized.ToString(), StringComparison.Ordinal);
    }
}
