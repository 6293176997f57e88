using Aspire.Hosting;

namespace FineTuneAspire.AppHost.Tests;

public sealed class ResourceNamesTests
{
    private readonly IDistributedApplicationBuilder _builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions());

    [Fact]
    public void A_second_resource_of_the_same_name_is_refused()
    {
        _builder.AddRedis("cache");

        var refusal = Assert.Throws<DistributedApplicationException>(() => _builder.AddRabbitMQ("cache"));

        Assert.Contains("'cache'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_differs_in_case_only_is_refused()
    {
        var postgres = _builder.AddPostgres("postgres");
        postgres.AddDatabase("things");

        Assert.Throws<DistributedApplicationException>(() => postgres.AddDatabase("Things"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1st")]
    [InlineData("with_underscore")]
    [InlineData("with space")]
    [InlineData("two--hyphens")]
    [InlineData("hyphen-at-end-")]
    [InlineData("größe")]
    [InlineData("a2345678901234567890123456789012345678901234567890123456789012345")]
    public void A_name_that_Aspire_would_refuse_is_refused(string name) => Assert.Throws<ArgumentException>(() => _builder.AddRedis(name));

    [Fact]
    public void A_name_of_64_letters_digits_and_hyphens_is_accepted() =>
        Assert.Equal(64, _builder.AddRedis("a2345678901234567890-23456789012345678901234567890123456789012a4").Resource.Name.Length);

    [Fact]
    public async Task A_parameter_takes_its_value_from_configuration_before_its_default()
    {
        _builder.Configuration["Parameters:key"] = "given";
        var parameter = _builder.AddParameter("key", new Aspire.Hosting.ApplicationModel.GenerateParameterDefault { MinLength = 40 });

        Assert.Equal("given", await parameter.Resource.GetValueAsync(CancellationToken.None));
    }
}
