namespace FineTuneAspire.Datasets.Validation;

/// <summary>The names of everything a training file can get wrong: the `code` of a problem in a report.</summary>
public static class Rules
{
    public const int MinimumExamples = 10;
    public const int MaximumDepth = 64;
    public const int MaximumKeys = 10_000;

    /// <summary>OpenAI's limits of the two files of a reinforcement job.</summary>
    public const int MaximumReinforcementTraining = 50_000;
    public const int MaximumReinforcementValidation = 1_000;

    // The bytes of a line.
    public const string ByteOrderMark = "byte_order_mark";
    public const string LineTooLong = "line_too_long";
    public const string TooManyLines = "too_many_lines";
    public const string BlankLine = "blank_line";
    public const string InvalidUtf8 = "invalid_utf8";
    public const string NullCharacter = "null_character";

    // Its JSON.
    public const string InvalidJson = "invalid_json";
    public const string SeveralValues = "several_values_on_line";
    public const string NotAnObject = "not_an_object";
    public const string TooDeep = "too_deep";
    public const string TooManyKeys = "too_many_keys";
    public const string DuplicateKey = "duplicate_key";
    public const string LoneSurrogate = "lone_surrogate";
    public const string NumberOutOfRange = "number_out_of_range";

    // What an importer reads.
    public const string UnknownFormat = "unknown_format";
    public const string InvalidRecord = "invalid_record";
    public const string InvalidRow = "invalid_row";

    // What a recipe will not have.
    public const string RecipeRefused = "recipe_refused";

    // The example.
    public const string MissingMessages = "missing_messages";
    public const string InvalidMessages = "invalid_messages";
    public const string UnknownKey = "unknown_key";
    public const string InvalidTools = "invalid_tools";
    public const string InvalidFunctions = "invalid_functions";
    public const string InvalidParallelToolCalls = "invalid_parallel_tool_calls";
    public const string NoAssistantMessage = "no_assistant_message";
    public const string NoTrainedMessage = "no_trained_message";
    public const string LastMessageNotAssistant = "last_message_not_assistant";
    public const string TooManyTokens = "too_many_tokens";
    public const string WrongMethod = "wrong_method";

    // A preference.
    public const string MissingInput = "missing_input";
    public const string InvalidInput = "invalid_input";
    public const string LastMessageNotUser = "last_message_not_user";
    public const string MissingOutput = "missing_output";
    public const string InvalidOutput = "invalid_output";
    public const string OutputNotAssistant = "output_not_assistant";
    public const string SeveralOutputMessages = "several_output_messages";
    public const string EqualOutputs = "equal_outputs";
    public const string TwoSpellings = "two_spellings";
    public const string OldSpelling = "old_spelling";

    // A prompt of reinforcement.
    public const string NoReference = "no_reference";
    public const string MissingReference = "missing_reference";

    // A message.
    public const string MessageNotAnObject = "message_not_an_object";
    public const string UnknownMessageKey = "unknown_message_key";
    public const string MisplacedMessageKey = "misplaced_message_key";
    public const string MissingRole = "missing_role";
    public const string UnknownRole = "unknown_role";
    public const string MissingContent = "missing_content";
    public const string InvalidContent = "invalid_content";
    public const string UnknownContentPart = "unknown_content_part";
    public const string BlankContent = "blank_content";
    public const string ImageNotAllowed = "image_not_allowed";
    public const string UnusedWeight = "unused_weight";
    public const string BlankAssistantContent = "blank_assistant_content";
    public const string InvalidWeight = "invalid_weight";
    public const string InvalidName = "invalid_name";
    public const string InvalidRefusal = "invalid_refusal";
    public const string InvalidToolCall = "invalid_tool_call";
    public const string InvalidToolArguments = "invalid_tool_arguments";
    public const string MissingToolCallId = "missing_tool_call_id";
    public const string UnknownToolCallId = "unknown_tool_call_id";

    // The file as a whole, and beside another.
    public const string TooFewExamples = "invalid_n_examples";
    public const string DuplicateLine = "duplicate_line";
    public const string NearDuplicate = "near_duplicate";
    public const string Leakage = "leakage";
    public const string OverlapsTraining = "overlaps_training_file";
    public const string TooManyExamples = "too_many_examples";
    public const string MissingValidationFile = "missing_validation_file";
    public const string TooManyLabels = "too_many_labels";
    public const string SmallTrainingSplit = "small_training_split";
    public const string EmptySplit = "empty_split";

    // On the base model that a dataset is meant for.
    public const string BaseModelEnded = "base_model_ended";
    public const string BaseModelMethod = "base_model_method";
    public const string BaseModelMinimum = "base_model_minimum";
    public const string BaseModelTruncates = "base_model_truncates";
    public const string BaseModelRefuses = "base_model_refuses";
    public const string BaseModelUnsupported = "base_model_unsupported";
    public const string BaseModelUnknown = "base_model_unknown";
}
