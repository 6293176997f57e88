using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FineTuneAspire.ServiceDefaults.Outgoing;
using Microsoft.Extensions.Options;

namespace FineTuneAspire.Datasets.Collecting;

/// <summary>Section `Collecting`: what may be imported from elsewhere. As long as nothing is named here, nothing may.</summary>
public sealed class CollectingOptions
{
    public const string Section = "Collecting";

    /// <summary>`example.org` (port 443), `example.org:8443` or `*.example.org`: what `url` and `web` may be asked for.</summary>
    public List<string> AllowedHosts { get; set; } = [];

    /// <summary>
    /// `host:port` of hosts in the operator's own network. Whoever has a key can then read what these hosts answer: name only what is made
    /// for that. Link-local addresses (the cloud's metadata) stay closed.
    /// </summary>
    public List<string> AllowedPrivateAddresses { get; set; } = [];

    /// <summary>A PEM file of certificate authorities to trust beside the system's, for hosts of the operator's own.</summary>
    public string? TrustedCertificates { get; set; }

    /// <summary>An address at which the owner of a site can reach the operator; it stands in the User-Agent.</summary>
    public string? Contact { get; set; }

    [Range(1, long.MaxValue, ErrorMessage = "Collecting:MaxFileBytes must be at least 1.")]
    public long MaxFileBytes { get; set; } = 8L * 1024 * 1024 * 1024;

    [Range(1024, 64 * 1024 * 1024, ErrorMessage = "Collecting:MaxPageBytes must lie between 1024 and 67108864.")]
    public int MaxPageBytes { get; set; } = 2 * 1024 * 1024;

    [Range(1, 100_000, ErrorMessage = "Collecting:MaxPages must lie between 1 and 100000.")]
    public int MaxPages { get; set; } = 1_000;

    [Range(1, 1_000, ErrorMessage = "Collecting:MaxObjects must lie between 1 and 1000.")]
    public int MaxObjects { get; set; } = 100;

    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00", ErrorMessage = "Collecting:MaxDuration must lie between one second and seven days.")]
    public TimeSpan MaxDuration { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Between two pages of one host; a Crawl-delay in its robots.txt can only lengthen it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00", ErrorMessage = "Collecting:DelayBetweenPages must lie between 10 milliseconds and ten minutes.")]
    public TimeSpan DelayBetweenPages { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The pages of a host that asks for more are left out.</summary>
    public TimeSpan MaxCrawlDelay { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Before the first retry; doubled before each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00", ErrorMessage = "Collecting:RetryDelay must lie between one millisecond and ten minutes.")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Until the headers of an answer are there.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00", ErrorMessage = "Collecting:AnswerTimeout must lie between 100 milliseconds and ten minutes.")]
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Imports that run at the same time in one process.</summary>
    [Range(1, 16, ErrorMessage = "Collecting:Parallelism must lie between 1 and 16.")]
    public int Parallelism { get; set; } = 2;

    /// <summary>How often the loop looks for work, and for new files in watched folders, without having been woken.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00", ErrorMessage = "Collecting:PollEvery must lie between 50 milliseconds and one hour.")]
    public TimeSpan PollEvery { get; set; } = TimeSpan.FromSeconds(5);

    public Dictionary<string, FolderOptions> Folders { get; set; } = new(StringComparer.Ordinal);
    public Dictionary<string, BucketOptions> Buckets { get; set; } = new(StringComparer.Ordinal);

    /// <exception cref="FormatException">An entry is not of the form it must have.</exception>
    /// <exception cref="IOException">The certificates cannot be read.</exception>
    public OutgoingGuard CreateGuard() => new(new OutgoingRules("Collecting:AllowedHosts", AllowedHosts, AllowedPrivateAddresses), LoadCertificates());

    /// <summary>A guard that lets only the bucket's own endpoint through: naming it is allowing it.</summary>
    public OutgoingGuard CreateGuard(string bucket) =>
        new(new OutgoingRules($"Collecting:Buckets:{bucket}:Endpoint", [new Uri(Buckets[bucket].Endpoint).Authority], AllowedPrivateAddresses), LoadCertificates());

    private X509Certificate2Collection? LoadCertificates()
    {
        if (string.IsNullOrEmpty(TrustedCertificates))
            return null;
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(TrustedCertificates);
        return certificates;
    }

    /// <summary>All that is wrong with the section, at start, each with the name of its setting.</summary>
    internal sealed class Validator : IValidateOptions<CollectingOptions>
    {
        public ValidateOptionsResult Validate(string? name, CollectingOptions options)
        {
            var errors = new List<string>();
            errors.AddRange(options.Folders.SelectMany(folder => folder.Value.Errors($"{Section}:Folders:{folder.Key}")));
            errors.AddRange(options.Buckets.SelectMany(bucket => bucket.Value.Errors($"{Section}:Buckets:{bucket.Key}")));
            Try(() => _ = new OutgoingRules("", options.AllowedHosts, []), "AllowedHosts");
            Try(() => _ = new OutgoingRules("", [], options.AllowedPrivateAddresses), "AllowedPrivateAddresses");
            Try(() => options.LoadCertificates(), "TrustedCertificates");
            if (options.Contact is { } contact && contact.Any(character => character is < ' ' or > '~' or '(' or ')'))
                errors.Add($"{Section}:Contact must be an e-mail or web address in plain ASCII without parentheses: it is sent in a header.");
            return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;

            void Try(Action read, string setting)
            {
                try
                {
                    read();
                }
                catch (Exception bad) when (bad is FormatException or IOException or CryptographicException or UnauthorizedAccessException or ArgumentException)
                {
                    errors.Add($"{Section}:{setting}: {bad.Message}");
                }
            }
        }
    }
}

/// <summary>`Collecting:Folders:NAME`: a folder of this machine from which one project may import.</summary>
public sealed class FolderOptions
{
    /// <summary>Absolute. Only files that lie in it are read, and none through a link.</summary>
    public string Path { get; set; } = "";

    public string Project { get; set; } = "";

    /// <summary>Whether files that appear in it are imported by themselves.</summary>
    public bool Watch { get; set; }

    /// <summary>A file that changed later than that is still being written, and left alone.</summary>
    public TimeSpan StableFor { get; set; } = TimeSpan.FromSeconds(10);

    public IEnumerable<string> Errors(string setting)
    {
        if (!System.IO.Path.IsPathFullyQualified(Path) || !Directory.Exists(Path))
            yield return $"{setting}:Path must be the absolute path of a folder that exists.";
        if (string.IsNullOrWhiteSpace(Project))
            yield return $"{setting}:Project must name the project that may read the folder.";
        if (StableFor < TimeSpan.Zero)
            yield return $"{setting}:StableFor must not be negative.";
    }
}

/// <summary>`Collecting:Buckets:NAME`: a bucket of an S3-compatible store from which one project may import. Its keys stand only here.</summary>
public sealed class BucketOptions
{
    /// <summary>`https://host` or `https://host:port`; the bucket is named in the path.</summary>
    public string Endpoint { get; set; } = "";

    public string Bucket { get; set; } = "";
    public string Region { get; set; } = "us-east-1";
    public string AccessKey { get; set; } = "";
    public string SecretKey { get; set; } = "";
    public string Project { get; set; } = "";

    public IEnumerable<string> Errors(string setting)
    {
        if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var endpoint) || endpoint.Scheme != Uri.UriSchemeHttps || endpoint.AbsolutePath != "/" || endpoint.Query.Length > 0 || endpoint.UserInfo.Length > 0)
            yield return $"{setting}:Endpoint must be an address such as https://s3.example.org, without a path.";
        foreach (var (name, value) in new[] { ("Bucket", Bucket), ("Region", Region), ("AccessKey", AccessKey), ("SecretKey", SecretKey), ("Project", Project) })
        {
            if (string.IsNullOrWhiteSpace(value))
                yield return $"{setting}:{name} is not set.";
        }
    }
}
