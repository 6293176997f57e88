using System.Security.Cryptography;
using System.Text;
using FineTuneAspire.Pricing;

namespace FineTuneAspire.Datasets.Tokens;

/// <summary>One counter for every encoding that a base model names: OpenAI's vocabularies, and the tokenizers of the local bases beside the executable.</summary>
internal sealed class TokenCounters
{
    private static readonly string LocalFolder = Path.Combine(AppContext.BaseDirectory, "data", "tokenizers");
    private readonly Lazy<IReadOnlyList<IExampleTokens>> all;

    /// <exception cref="InvalidDataException">A base model names an encoding that nothing here counts, or a tokenizer is broken.</exception>
    public TokenCounters(BaseModelCatalog catalog, Func<ChatTokens> o200k)
    {
        var local = Directory.GetFiles(LocalFolder, "*.json").Order(StringComparer.Ordinal).Select(path => (Path: path, Counter: new LocalTokens(Path.GetFileNameWithoutExtension(path), path))).ToList();
        string[] known = [ChatTokens.O200k, ChatTokens.Cl100k, .. local.Select(file => file.Counter.Encoding)];
        foreach (var (index, model) in catalog.Models.Index())
        {
            if (!known.Contains(model.Encoding))
                throw new InvalidDataException($"base models: models[{index}].encoding: nothing here counts '{model.Encoding}'; known are {string.Join(", ", known)}.");
        }

        // OpenAI's second vocabulary takes 20 MB and few need it: it is loaded when the first counts are asked for.
        all = new(() => [o200k(), new ChatTokens(ChatTokens.Cl100k), .. local.Select(file => file.Counter)]);
        var identity = string.Concat(local.Select(file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file.Path))))) + catalog.Fingerprint;
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(identity)));
    }

    /// <summary>Changes with the base models and the local tokenizers: counts made under another one are out of date.</summary>
    public string Fingerprint { get; }

    public IReadOnlyList<IExampleTokens> All => all.Value;
}
