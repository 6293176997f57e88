using FineTuneAspire.Datasets.Collecting;

namespace FineTuneAspire.Datasets.Tests.Collecting;

public class CollectingOptionsTests
{
    [Fact]
    public void Says_all_that_is_wrong_at_once_each_with_its_setting()
    {
        var options = new CollectingOptions
        {
            AllowedHosts = ["https://example.org"],
            AllowedPrivateAddresses = ["localhost"],
            TrustedCertificates = "/no/such/file.pem",
            Contact = "me (here)\r\nX-Evil: 1",
            Folders = { ["in"] = new FolderOptions { Path = "relative" } },
            Buckets = { ["b"] = new BucketOptions { Endpoint = "http://store.test" } },
        };
        var result = new CollectingOptions.Validator().Validate(null, options);
        foreach (var setting in new[] { "AllowedHosts", "AllowedPrivateAddresses", "TrustedCertificates", "Contact", "Folders:in:Path", "Folders:in:Project", "Buckets:b:Endpoint", "Buckets:b:SecretKey", "Buckets:b:Project" })
            Assert.Contains(result.Failures!, failure => failure.StartsWith($"Collecting:{setting}", StringComparison.Ordinal));
    }

    [Fact]
    public void Empty_settings_are_fine_and_allow_nothing()
    {
        var options = new CollectingOptions();
        Assert.True(new CollectingOptions.Validator().Validate(null, options).Succeeded);
        Assert.NotNull(options.CreateGuard().Refuse(new Uri("https://example.org/")));
    }
}
