namespace FineTuneAspire.Datasets.Benchmarks;

/// <summary>
/// Seeded chat examples: a short instruction, a question and an answer, sentences drawn by Zipf's law from 30,000 made-up words with capitals,
/// signs, numbers and now and then a name of another script. Every tenth example has a near copy, every fiftieth an equal one, somewhere after it.
/// </summary>
internal sealed class GeneratedExamples(int seed)
{
    private const int Delayed = 500;
    private static readonly string[] Foreign = ["Zürich", "naïve", "Łódź", "Αθήνα", "Москва", "תל אביב", "القاهرة", "東京", "서울", "กรุงเทพ", "😀", "—"];
    private readonly Random random = new(seed);
    private readonly GeneratedCorpus corpus = new(seed);
    private readonly Queue<string[]> copies = [];

    /// <returns>Two or three messages.</returns>
    public List<(string Role, string Content)> Next()
    {
        string[] words;
        if (copies.Count > Delayed)
        {
            words = copies.Dequeue();
        }
        else
        {
            (words, var copy) = corpus.Next();
            if (copy is not null)
                copies.Enqueue(copy);
            else if (random.Next(50) == 0)
                copies.Enqueue(words);
        }

        var text = Sentences(words);
        var cut = text.IndexOf(". ", text.Length / 4, StringComparison.Ordinal) is > 0 and var dot ? dot + 1 : text.Length / 2;
        List<(string, string)> messages = [("user", text[..cut]), ("assistant", text[cut..].TrimStart())];
        if (words.Length % 2 == 0)
            messages.Insert(0, ("system", "You answer in whole sentences, as short as the question allows."));
        return messages;
    }

    // Depends on the words alone, so that equal words make equal texts and a copy resembles its original.
    private static string Sentences(string[] words)
    {
        var text = new System.Text.StringBuilder();
        var begins = true;
        foreach (var word in words)
        {
            var kind = word.Sum(c => c) % 97;
            text.Append(kind == 0 ? Foreign[word.Length % Foreign.Length] : kind == 1 ? (word.Length * 1237).ToString() : begins ? char.ToUpperInvariant(word[0]) + word[1..] : word);
            begins = kind is > 1 and < 8;
            text.Append(begins ? (kind == 2 ? ".\n" : kind == 3 ? "? " : ". ") : kind is > 8 and < 14 ? ", " : kind == 14 ? "'s " : " ");
        }

        return text.ToString().TrimEnd() + ".";
    }
}
