using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace FineTuneAspire.ServiceDefaults;

/// <summary>
/// Follows the caller's decision, and where there is no caller samples as OTEL_TRACES_SAMPLER says (by default everything), except for
/// calls to a database or a service that no request, message or tick asked for: the polls of background loops, which would bury the rest.
/// </summary>
internal sealed class StorySampler(IConfiguration configuration) : Sampler
{
    private readonly ParentBasedSampler _others = new(Roots(configuration["OTEL_TRACES_SAMPLER"], configuration["OTEL_TRACES_SAMPLER_ARG"]));

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.ParentContext.TraceId == default && samplingParameters.Kind == ActivityKind.Client
            ? new SamplingResult(SamplingDecision.Drop)
            : _others.ShouldSample(samplingParameters);

    private static Sampler Roots(string? name, string? argument) => name switch
    {
        "always_off" or "parentbased_always_off" => new AlwaysOffSampler(),
        "traceidratio" or "parentbased_traceidratio" => new TraceIdRatioBasedSampler(
            double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out var ratio) && ratio is >= 0 and <= 1
                ? ratio
                : throw new InvalidOperationException($"OTEL_TRACES_SAMPLER_ARG must be a share from 0 to 1 for the sampler {name}; it is '{argument}'.")),
        _ => new AlwaysOnSampler(),
    };
}
