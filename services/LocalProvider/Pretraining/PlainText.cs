using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.Pretraining;

/// <summary>
/// Text without questions, and small sums. A review is of one mind from its first word to its last, so that which words keep company is
/// in the text; what mind that is, is never said.
/// </summary>
internal static class PlainText
{
    public static string Review(SeededRandom random)
    {
        var good = random.Next(2) == 0;
        string Quality() => Words.Pick(random, good ? Words.Good : Words.Bad);
        string Thing() => Words.Pick(random, Words.Things);
        List<string> sentences = [];
        for (var count = random.Next(2, 5); count > 0; count--)
            sentences.Add(random.Next(9) switch
            {
                0 => $"the {Thing()} was {Quality()} and the {Thing()} was {Quality()}",
                1 => $"{Quality()} {Thing()}, really {Quality()}",
                2 => good ? $"i will come back to {Words.Pick(random, Words.Cities)}" : $"i will never come back to {Words.Pick(random, Words.Cities)}",
                3 => $"we {Words.Pick(random, Words.Verbs)} a {Thing()} and it was {Quality()}",
                4 => good ? $"everyone loved the {Thing()}" : $"nobody liked the {Thing()}",
                5 => $"such a {Quality()} {Thing()} on {Words.Pick(random, Words.Days)}",
                6 => good ? $"worth every cent, the staff was {Quality()}" : $"a waste of money, the staff was {Quality()}",
                7 => $"my {Words.Pick(random, "friend", "mother", "brother", "sister")} {Words.Pick(random, Words.Names)} found it {Quality()}",
                _ => good ? $"not {Words.Pick(random, Words.Bad)} at all, simply {Quality()}" : $"not {Words.Pick(random, Words.Good)} at all, simply {Quality()}",
            });
        return string.Join(". ", sentences) + ".";
    }

    public static string Story(SeededRandom random)
    {
        List<string> sentences = [];
        for (var count = random.Next(2, 5); count > 0; count--) sentences.Add(CopyTasks.Sentence(random).Sentence);
        return string.Join(". ", sentences) + ".";
    }

    /// <summary>What people ask of a machine, as text to be read; what is wanted is not said.</summary>
    public static string Request(SeededRandom random)
    {
        var opening = Words.Pick(random, "please", "could you", "can you", "i want to", "i would like to", "hey,", "let us", "we need to", "do not forget to");
        var deed = random.Next(8) switch
        {
            0 => $"find the {Words.Pick(random, Words.Things)} in the {Words.Pick(random, "kitchen", "office", "garage", "hall")}",
            1 => $"tell {Words.Pick(random, Words.Names)} about the {Words.Pick(random, Words.Things)}",
            2 => $"go to {Words.Pick(random, Words.Cities)} on {Words.Pick(random, Words.Days)}",
            3 => $"meet {Words.Pick(random, Words.Names)} at {Words.Time(random)}",
            4 => $"open the {Words.Pick(random, "door", "window", "book", "bag")} in {random.Next(2, 60)} minutes",
            5 => $"buy {Words.Pick(random, Words.Things)} and {Words.Pick(random, Words.Things)}",
            6 => $"listen to the {Words.Pick(random, Words.Adjectives)} {Words.Pick(random, Words.Things)}",
            _ => $"wait for {random.Next(2, 10)} people at the {Words.Pick(random, "station", "airport", "hotel", "park")}",
        };
        return $"{opening} {deed}";
    }

    public static (string Question, string Answer) Sum(SeededRandom random)
    {
        var (a, b) = (random.Next(20), random.Next(20));
        return random.Next(2) == 0 || a < b ? ($"{a} + {b}", $"{a + b}") : ($"{a} - {b}", $"{a - b}");
    }

    public static (string Question, string Answer) FirstOrLast(SeededRandom random)
    {
        string[] words = [.. Enumerable.Range(0, random.Next(2, 7)).Select(_ => Words.MadeUp(random))];
        var first = random.Next(2) == 0;
        return ($"{(first ? "first" : "last")} word: {string.Join(' ', words)}", first ? words[0] : words[^1]);
    }
}
