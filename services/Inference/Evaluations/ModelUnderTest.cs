using System.Text;
using FineTuneAspire.ModelProvider;
using FineTuneAspire.ModelProvider.Chat;

namespace FineTuneAspire.Inference.Evaluations;

/// <summary>Asks one model, patiently, and judges its answers.</summary>
internal sealed class ModelUnderTest(EvaluatedModel model, IProviders providers, EvaluationsOptions options, TimeProvider clock)
{
    /// <summary>Room for what some models put before or after an answer.</summary>
    private const int SpareTokens = 32;
    private readonly IChatClient _chat = providers.Find(model.Provider) is not null
        ? providers.Chat(model.Provider)
        : throw new EvaluationException("provider_unavailable", $"Model '{model.Model}' lives at provider '{model.Provider}', which is not configured or has no key. Set Providers:{model.Provider} and start a new evaluation.");
    private int _failuresInARow;

    public int Position => model.Position;

    /// <exception cref="EvaluationException">The model cannot be asked at all.</exception>
    public async Task<AnswerOutcome> AskAsync(EvaluationExample example, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var right = await IsRightAsync(example, cancellationToken);
                Volatile.Write(ref _failuresInARow, 0);
                return right ? AnswerOutcome.Correct : AnswerOutcome.Wrong;
            }
            catch (ProviderException failure) when (failure.Kind is ProviderErrorKind.Unauthorized or ProviderErrorKind.Forbidden)
            {
                throw Unavailable(failure);
            }
            catch (ProviderException failure) when (failure.Kind != ProviderErrorKind.Refused && attempt < options.Retries.Length)
            {
                // A 404 too: a model that has just been made may take a while to load.
                var pause = options.Retries[attempt];
                await Task.Delay(failure.Error.RetryAfter > pause ? failure.Error.RetryAfter.Value : pause, clock, cancellationToken);
            }
            catch (ProviderException failure) when (failure.Kind == ProviderErrorKind.NotFound)
            {
                throw Unavailable(failure);
            }
            catch (ProviderException failure)
            {
                if (Interlocked.Increment(ref _failuresInARow) < options.FailuresInARow)
                    return AnswerOutcome.Failed;
                throw new EvaluationException("provider_unavailable", $"Model '{model.Model}' gave no answer to {options.FailuresInARow} examples in a row. The last failure: {failure.Message}");
            }
        }
    }

    /// <summary>
    /// Greedy, and cut short where that cannot change the verdict: a token holds a byte or more, so the reference fits, and an answer cut
    /// off there that does not even begin as the reference does is wrong whatever would follow. Any other is asked for in full.
    /// </summary>
    private async Task<bool> IsRightAsync(EvaluationExample example, CancellationToken cancellationToken)
    {
        var enough = Encoding.UTF8.GetByteCount(example.Reference) + SpareTokens;
        var answer = await _chat.AskAsync(model.UpstreamModel, example.Prompt, new ChatSettings(Temperature: 0, MaxCompletionTokens: enough), cancellationToken);
        var begun = answer.Text.Trim();
        if (answer.FinishReason == "length" && (begun.Length == 0 || example.Reference.Trim().StartsWith(begun, StringComparison.Ordinal)))
            answer = await _chat.AskAsync(model.UpstreamModel, example.Prompt, new ChatSettings(Temperature: 0), cancellationToken);
        return example.IsAnsweredBy(answer.Text);
    }

    private EvaluationException Unavailable(ProviderException failure) => new("model_unavailable", $"Model '{model.Model}' cannot be asked: {failure.Message}");
}
