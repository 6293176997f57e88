using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace FineTuneAspire.Samples.IntentsAndSlots;

/// <summary>One line of the task: a sentence, and the JSON a fine-tuned model should answer with.</summary>
/// <param name="Sentence">What a person says: <c>wake me at 7 am</c>.</param>
/// <param name="Answer">Compact JSON: <c>{"intent":"set_alarm","slots":{"time":"7 am"}}</c>.</param>
/// <param name="UnseenTemplate">True when the sentence pattern never occurs in the training or validation examples.</param>
public sealed record Example(string Sentence, string Answer, bool UnseenTemplate)
{
    public const string SeenTag = "seen_template";
    public const string UnseenTag = "unseen_template";

    /// <summary>Chat JSONL: a user message and the assistant's answer; with <paramref name="tagged"/> also the extra field <c>tag</c> that evaluations group by.</summary>
    public string ToChatLine(bool tagged = false)
    {
        object[] messages = [new { role = "user", content = Sentence }, new { role = "assistant", content = Answer }];
        return tagged
            ? JsonSerializer.Serialize(new { messages, tag = UnseenTemplate ? UnseenTag : SeenTag }, Compact)
            : JsonSerializer.Serialize(new { messages }, Compact);
    }

    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}

/// <summary>The three splits; no sentence occurs twice in all of them together.</summary>
public sealed record Splits(IReadOnlyList<Example> Train, IReadOnlyList<Example> Validation, IReadOnlyList<Example> Test);

/// <summary>
/// A small, seeded intent-and-slots task made for this project. Eight intents; every intent has patterns that training may use and
/// patterns kept for the test split alone, so that a figure can be given for sentences phrased in a way the model never saw.
/// </summary>
public static class IntentsAndSlots
{
    /// <summary>The share of the test split whose pattern never occurs in training: one in five.</summary>
    private const int UnseenEvery = 5;

    public static Splits Generate(int seed, int train = 200, int validation = 50, int test = 200)
    {
        var random = new Random(seed);
        var used = new HashSet<string>(StringComparer.Ordinal);
        return new Splits(
            Draw(random, used, train, _ => false),
            Draw(random, used, validation, _ => false),
            Draw(random, used, test, index => index % UnseenEvery == UnseenEvery - 1));
    }

    /// <summary>JSONL bytes without a byte order mark, one example a line.</summary>
    public static byte[] ToJsonl(IEnumerable<Example> examples, bool tagged = false) =>
        Encoding.UTF8.GetBytes(string.Concat(examples.Select(example => example.ToChatLine(tagged) + "\n")));

    private static List<Example> Draw(Random random, HashSet<string> used, int count, Func<int, bool> unseen)
    {
        var examples = new List<Example>(count);
        // Intents take turns, so that classes are balanced at any count. A sentence drawn before is drawn again.
        for (var index = 0; examples.Count < count;)
        {
            var intent = Intents[index % Intents.Length];
            var fromUnseen = unseen(examples.Count);
            var patterns = fromUnseen ? intent.UnseenPatterns : intent.Patterns;
            var (sentence, answer) = Fill(random, intent.Name, patterns[random.Next(patterns.Length)]);
            if (!used.Add(sentence))
                continue;
            examples.Add(new Example(sentence, answer, fromUnseen));
            index++;
        }

        return examples;
    }

    private static (string Sentence, string Answer) Fill(Random random, string intent, string pattern)
    {
        var sentence = new StringBuilder();
        var slots = new Dictionary<string, string>();
        foreach (var part in pattern.Split('{', '}').Select((text, index) => (text, isSlot: index % 2 == 1)))
        {
            if (!part.isSlot)
            {
                sentence.Append(part.text);
                continue;
            }

            var value = Value(random, part.text);
            slots[part.text] = value;
            sentence.Append(value);
        }

        // Slots stand in the answer in alphabetical order whatever their order in the sentence.
        var answer = JsonSerializer.Serialize(new { intent, slots = new SortedDictionary<string, string>(slots, StringComparer.Ordinal) });
        return (sentence.ToString(), answer);
    }

    private static string Value(Random random, string slot) => slot switch
    {
        "time" => $"{random.Next(1, 13)} {Pick(random, "am", "pm")}",
        "minutes" => random.Next(2, 60).ToString(),
        "people" => random.Next(2, 10).ToString(),
        "level" => (random.Next(1, 10) * 10).ToString(),
        "city" => Pick(random, Cities),
        "day" => Pick(random, Days),
        "name" => Pick(random, Names),
        "room" => Pick(random, Rooms),
        "song" => Pick(random, Songs),
        "item" => Pick(random, Items),
        _ => throw new ArgumentOutOfRangeException(nameof(slot), slot, "no such slot"),
    };

    private static string Pick(Random random, params string[] values) => values[random.Next(values.Length)];

    private sealed record Intent(string Name, string[] Patterns, string[] UnseenPatterns);

    private static readonly Intent[] Intents =
    [
        new("set_alarm",
            ["set an alarm for {time}", "wake me up at {time}", "set the alarm to {time} on {day}", "alarm at {time} please", "wake me at {time} on {day}"],
            ["i need to get up at {time}", "make sure i am awake by {time} on {day}"]),
        new("get_weather",
            ["what is the weather in {city}", "weather in {city} on {day}", "how is the weather in {city} on {day}", "tell me the weather for {city}", "will it rain in {city} on {day}"],
            ["do i need an umbrella in {city}", "is {city} going to be sunny on {day}"]),
        new("play_song",
            ["play {song}", "play the song {song}", "put on {song} in the {room}", "i want to hear {song}", "play {song} in the {room}"],
            ["let me listen to {song}", "start {song} on the speakers in the {room}"]),
        new("set_timer",
            ["set a timer for {minutes} minutes", "start a {minutes} minute timer", "timer for {minutes} minutes please", "count down {minutes} minutes", "remind me in {minutes} minutes"],
            ["tell me when {minutes} minutes are over", "give me {minutes} minutes on the clock"]),
        new("book_table",
            ["book a table for {people} in {city}", "book a table for {people} at {time}", "reserve a table for {people} on {day}", "i want a table for {people} at {time}", "table for {people} in {city} on {day}"],
            ["we are {people} and want to eat in {city}", "find us seats for {people} at {time}"]),
        new("send_message",
            ["send a message to {name}", "text {name}", "write to {name} on {day}", "message {name} at {time}", "send {name} a message on {day}"],
            ["let {name} know", "drop {name} a line on {day}"]),
        new("set_light",
            ["set the light in the {room} to {level}", "turn the {room} light to {level}", "dim the {room} to {level}", "light in the {room} at {level} please", "make the {room} light {level}"],
            ["i want the {room} at {level} percent", "bring the lamp in the {room} to {level}"]),
        new("add_item",
            ["add {item} to my list", "put {item} on the list", "add {item} to the list for {day}", "i need to buy {item}", "buy {item} on {day}"],
            ["we are out of {item}", "do not forget {item} on {day}"]),
    ];

    private static readonly string[] Days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    private static readonly string[] Cities =
        ["paris", "london", "rome", "berlin", "madrid", "oslo", "vienna", "prague", "dublin", "lisbon", "athens", "cairo", "tokyo", "delhi", "lima", "boston", "denver", "seattle", "toronto", "sydney"];
    private static readonly string[] Names =
        ["anna", "ben", "clara", "david", "emma", "felix", "grace", "henry", "ivan", "julia", "karl", "laura", "maria", "nina", "oscar", "paul", "rosa", "sam", "tina", "victor"];
    private static readonly string[] Rooms = ["kitchen", "bedroom", "bathroom", "hall", "office", "garden", "garage", "attic", "cellar", "nursery"];
    private static readonly string[] Songs =
        ["blue river", "summer rain", "silver moon", "long road", "quiet night", "golden hour", "red balloon", "winter sun", "open sea", "little bird", "high tide", "paper boat"];
    private static readonly string[] Items =
        ["milk", "bread", "apples", "rice", "cheese", "coffee", "butter", "eggs", "soap", "tomatoes", "honey", "flour", "tea", "salt", "lemons", "pasta"];
}
