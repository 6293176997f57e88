using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.Pretraining;

/// <summary>The vocabulary of the rule-made corpus. Half of all words in copy tasks are made up, so that copying cannot be learnt by heart.</summary>
internal static class Words
{
    public static readonly string[] Names = Split("""
        anna ben carla daniel elena frank gina hugo irene jack kate leo maria nora oliver paula quentin rosa simon tess ugo vera walter
        xenia yara zoe adam bella chris dora erik fiona george hanna ian jane kevin lisa martin nina otto petra robert sara tom ursula
        victor wendy yusuf amir chen deepa fatima hiro ines jorge kofi lena mei nils olga pedro ravi sven tariq aisha bruno celia
        """);

    public static readonly string[] Cities = Split("""
        paris london rome berlin madrid oslo vienna prague dublin lisbon athens cairo tokyo delhi lima boston denver seattle toronto
        sydney warsaw geneva hamburg milan naples porto bergen cork ghent lyon nice turin zurich krakow riga tallinn vilnius helsinki
        dakar nairobi lagos tunis quito bogota havana dallas austin chicago miami phoenix montreal auckland perth osaka seoul hanoi
        """);

    public static readonly string[] Days = Split("monday tuesday wednesday thursday friday saturday sunday today tomorrow tonight");

    public static readonly string[] Things = Split("""
        milk bread apples rice cheese coffee butter eggs soap tomatoes honey flour tea salt lemons pasta soup fish salad cake pizza
        lamp chair desk book pen phone laptop camera bag coat shoes hat umbrella clock mirror bike car train bus boat ticket key
        guitar piano drum song film game ball kite letter parcel flower tree garden window door kitchen bedroom office garage hall
        river mountain bridge station airport hotel museum market school library hospital park beach street house room table light
        """);

    public static readonly string[] Verbs = Split("""
        bought sold found lost saw took gave sent brought kept wanted needed liked fixed cleaned opened closed moved painted ordered
        """);

    public static readonly string[] Adjectives = Split("""
        red blue green white black small big old new long short quiet loud fast slow warm cold dark bright heavy light soft hard round
        """);

    public static readonly string[] Good = Split("""
        great wonderful excellent lovely superb fantastic delicious friendly helpful perfect charming pleasant brilliant fresh clean
        """);

    public static readonly string[] Bad = Split("""
        terrible awful horrible poor dirty rude stale broken boring noisy disappointing slow cold bland useless unpleasant
        """);

    public static readonly string[] Keys = Split("""
        name city day time item room number color size price country street age job song level date code team food title type place
        person people minutes amount from to status id note owner brand model year month topic language unit
        """);

    public static string Pick(SeededRandom random, params string[] words) => words[random.Next(words.Length)];

    /// <summary>A clock time as people write them: 7 am, 19:30, 7:05 pm.</summary>
    public static string Time(SeededRandom random) => random.Next(3) switch
    {
        0 => $"{random.Next(1, 13)} {Pick(random, "am", "pm")}",
        1 => $"{random.Next(0, 24)}:{random.Next(0, 60):00}",
        _ => $"{random.Next(1, 13)}:{random.Next(0, 60):00} {Pick(random, "am", "pm")}",
    };

    /// <summary>A word that exists nowhere: two to four syllables, sometimes with a capital.</summary>
    public static string MadeUp(SeededRandom random)
    {
        const string consonants = "bcdfghjklmnprstvwz", vowels = "aeiou";
        var word = "";
        for (var syllables = random.Next(2, 4); syllables > 0; syllables--)
            word += $"{consonants[random.Next(consonants.Length)]}{vowels[random.Next(vowels.Length)]}";
        if (random.Next(2) == 0) word += consonants[random.Next(consonants.Length)];
        return random.Next(4) == 0 ? Capital(word) : word;
    }

    /// <summary>Something worth copying: a known word, a made-up one, a number, a time, or two words.</summary>
    public static string Value(SeededRandom random) => random.Next(12) switch
    {
        < 4 => MadeUp(random),
        4 => Pick(random, Names),
        5 => Pick(random, Cities),
        6 => Pick(random, Things),
        7 => Pick(random, Days),
        8 => Time(random),
        9 => random.Next(100).ToString(),
        10 => $"{Pick(random, Adjectives)} {Pick(random, Things)}",
        _ => random.Next(2) == 0 ? Capital(Pick(random, Names)) : $"{MadeUp(random)} {MadeUp(random)}",
    };

    /// <summary>Uniform in [<paramref name="from"/>, <paramref name="limit"/>).</summary>
    public static int Next(this SeededRandom random, int from, int limit) => from + random.Next(limit - from);

    public static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    /// <summary>Different words, <paramref name="count"/> of them.</summary>
    public static string[] Different(SeededRandom random, string[] words, int count)
    {
        var copy = (string[])words.Clone();
        random.Shuffle<string>(copy);
        return copy[..count];
    }

    private static string[] Split(string words) => words.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
