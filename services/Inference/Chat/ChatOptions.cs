using System.ComponentModel.DataAnnotations;

namespace FineTuneAspire.Inference.Chat;

/// <summary>Section `Chat`.</summary>
public sealed class ChatOptions
{
    public const string Section = "Chat";

    /// <summary>Largest request body.</summary>
    [Range(1024, 256 * 1024 * 1024, ErrorMessage = "Chat:MaxRequestBytes must lie between 1024 and 268435456.")]
    public int MaxRequestBytes { get; set; } = 32 * 1024 * 1024;

    /// <summary>Largest answer that is not streamed.</summary>
    [Range(1024, 256 * 1024 * 1024, ErrorMessage = "Chat:MaxAnswerBytes must lie between 1024 and 268435456.")]
    public int MaxAnswerBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>How long a provider may take until its answer begins; a model that is not streamed thinks all its time before that.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = "Chat:FirstByteTimeout must lie between 0.1 seconds and one hour.")]
    public TimeSpan FirstByteTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Longest pause inside an answer, on either side: a provider that stops sending, or a client that stops reading.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00", ErrorMessage = "Chat:IdleTimeout must lie between 0.1 seconds and one hour.")]
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromSeconds(100);
}
