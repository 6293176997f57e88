namespace FineTuneAspire.LocalModel.Benchmarks;

/// <summary>One word for a review's opinion. Made by rules; the test reviews are other sentences, half of them with adjectives that training never used.</summary>
internal static class SentimentTask
{
    private static readonly string[] Good = ["great", "lovely", "excellent", "friendly", "perfect", "fresh", "charming", "brilliant"];
    private static readonly string[] Bad = ["awful", "rude", "dirty", "broken", "boring", "noisy", "stale", "terrible"];
    private static readonly string[] UnseenGood = ["wonderful", "superb", "delicious", "pleasant"];
    private static readonly string[] UnseenBad = ["horrible", "poor", "disappointing", "useless"];
    private static readonly string[] Things = ["soup", "room", "film", "phone", "hotel", "staff", "bike", "song", "cake", "train", "bag", "museum"];

    public static (string Question, string Answer)[] Make(long seed, int count, bool unseenWords)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            var good = i % 2 == 0;
            var words = unseenWords ? (good ? UnseenGood : UnseenBad) : (good ? Good : Bad);
            string Word() => words[random.Next(words.Length)];
            string Thing() => Things[random.Next(Things.Length)];
            var review = random.Next(4) switch
            {
                0 => $"the {Thing()} was {Word()} and the {Thing()} was {Word()}",
                1 => $"{Word()} {Thing()}, really {Word()}",
                2 => $"we took the {Thing()} and it was {Word()}",
                _ => $"such a {Word()} {Thing()}",
            };
            return (review, good ? "positive" : "negative");
        })];
    }
}
