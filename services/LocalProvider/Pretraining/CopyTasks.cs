using FineTuneAspire.LocalModel;

namespace FineTuneAspire.LocalProvider.Pretraining;

/// <summary>
/// Questions whose answers stand in the question: repeat a list, look up a key, take values out of a sentence, put them into JSON.
/// Copying is what fine-tuning on slots builds on, and a small model learns it only from millions of such tokens. No task asks for a
/// class of the sentence: there are no intents and no opinions to name here.
/// </summary>
internal static class CopyTasks
{
    public static (string Question, string Answer) Next(SeededRandom random) => random.Next(10) switch
    {
        < 2 => Repeat(random),
        2 => Lookup(random),
        < 5 => ToJson(random),
        5 => FromJson(random),
        < 8 => SlotQuestion(random),
        _ => SlotsAsJson(random),
    };

    private static (string, string) Repeat(SeededRandom random)
    {
        var list = string.Join(random.Next(3) == 0 ? ", " : " ", Values(random, random.Next(1, 7)));
        return ($"{Words.Pick(random, "repeat", "say", "copy", "write")}: {list}", list);
    }

    private static (string, string) Lookup(SeededRandom random)
    {
        var (keys, values) = Pairs(random, random.Next(2, 6));
        var asked = random.Next(keys.Length);
        var separator = Words.Pick(random, ": ", " = ", " is ", "=");
        return ($"{string.Join(Words.Pick(random, ", ", "; ", "\n"), keys.Zip(values, (key, value) => key + separator + value))}. {keys[asked]}?", values[asked]);
    }

    private static (string, string) ToJson(SeededRandom random)
    {
        var (keys, values) = Pairs(random, random.Next(1, 5));
        var plain = string.Join(Words.Pick(random, ", ", "; ", " "), keys.Zip(values, (key, value) => $"{key} {value}"));
        if (random.Next(2) == 0) return ("json: " + plain, Json(keys, values));
        // One level deeper: the first pair stays outside, the others go under a word of their own.
        var group = Words.Pick(random, "data", "items", "details", "values", "slots", "fields");
        return ($"json {group}: {plain}", $"{{\"{keys[0]}\":\"{values[0]}\",\"{group}\":{Json(keys[1..], values[1..])}}}");
    }

    private static (string, string) FromJson(SeededRandom random)
    {
        var (keys, values) = Pairs(random, random.Next(1, 5));
        var asked = random.Next(keys.Length);
        return ($"{Json(keys, values)} {keys[asked]}?", values[asked]);
    }

    private static (string, string) SlotQuestion(SeededRandom random)
    {
        var (sentence, slots) = Sentence(random);
        var (key, value) = slots[random.Next(slots.Count)];
        return ($"{sentence}. {Words.Pick(random, "what is the", "which", "the", "tell me the")} {key}?", value);
    }

    private static (string, string) SlotsAsJson(SeededRandom random)
    {
        var (sentence, slots) = Sentence(random);
        var asked = slots.ToArray();
        random.Shuffle<(string Key, string Value)>(asked);
        asked = asked[..random.Next(1, asked.Length + 1)];
        return ($"{sentence}. json: {string.Join(", ", asked.Select(slot => slot.Key))}",
            Json([.. asked.Select(slot => slot.Key)], [.. asked.Select(slot => slot.Value)]));
    }

    /// <summary>A sentence about everyday things and what stands in its gaps.</summary>
    public static (string Sentence, List<(string Key, string Value)> Slots) Sentence(SeededRandom random)
    {
        var (name, other) = (Somebody(random), Somebody(random));
        var (city, target) = (Somewhere(random), Somewhere(random));
        var (day, time, thing) = (Words.Pick(random, Words.Days), Words.Time(random), Something(random));
        var (number, place) = (random.Next(2, 60).ToString(), Words.Pick(random, "kitchen", "bedroom", "office", "hall", "garden", "garage", Words.MadeUp(random)));
        return random.Next(14) switch
        {
            0 => ($"{name} went from {city} to {target} on {day}", [("name", name), ("from", city), ("to", target), ("day", day)]),
            1 => ($"{name} {Words.Pick(random, Words.Verbs)} {number} {thing} in {city}", [("name", name), ("number", number), ("item", thing), ("city", city)]),
            2 => ($"the train to {city} leaves at {time}", [("city", city), ("time", time)]),
            3 => ($"{name} meets {other} at {time} in the {place}", [("name", name), ("person", other), ("time", time), ("room", place)]),
            4 => ($"please bring {thing} to {name} on {day}", [("item", thing), ("name", name), ("day", day)]),
            5 => ($"a room for {number} people in {city} from {day}", [("people", number), ("city", city), ("day", day)]),
            6 => ($"{name} lives in {city} and likes {thing}", [("name", name), ("city", city), ("item", thing)]),
            7 => ($"it takes {number} minutes from {city} to {target}", [("minutes", number), ("from", city), ("to", target)]),
            8 => ($"{name} sang {thing} in the {place} at {time}", [("name", name), ("song", thing), ("room", place), ("time", time)]),
            9 => ($"on {day} at {time} {name} called {other}", [("day", day), ("time", time), ("name", name), ("person", other)]),
            10 => ($"the {thing} in the {place} costs {number}", [("item", thing), ("room", place), ("price", number)]),
            11 => ($"{thing} for {name} at {time}", [("item", thing), ("name", name), ("time", time)]),
            12 => ($"{name} needs {number} {thing} by {day}", [("name", name), ("number", number), ("item", thing), ("day", day)]),
            _ => ($"in {city} {name} put the {thing} at {number}", [("city", city), ("name", name), ("item", thing), ("level", number)]),
        };
    }

    private static string Somebody(SeededRandom random) => random.Next(3) == 0 ? Words.MadeUp(random) : Words.Pick(random, Words.Names);
    private static string Somewhere(SeededRandom random) => random.Next(3) == 0 ? Words.MadeUp(random) : Words.Pick(random, Words.Cities);

    private static string Something(SeededRandom random) => random.Next(4) switch
    {
        0 => Words.MadeUp(random),
        1 => $"{Words.Pick(random, Words.Adjectives)} {Words.Pick(random, Words.Things)}",
        _ => Words.Pick(random, Words.Things),
    };

    private static string[] Values(SeededRandom random, int count) => [.. Enumerable.Range(0, count).Select(_ => Words.Value(random))];

    private static (string[] Keys, string[] Values) Pairs(SeededRandom random, int count)
    {
        var keys = Words.Different(random, Words.Keys, count);
        for (var i = 0; i < count; i++)
            if (random.Next(4) == 0) keys[i] = Words.MadeUp(random);
        return (keys, Values(random, count));
    }

    private static string Json(string[] keys, string[] values) =>
        "{" + string.Join(",", keys.Zip(values, (key, value) => $"\"{key}\":\"{value}\"")) + "}";
}
