namespace Regimen.Configuration;

/// <summary>A value that a config sets, with its place.</summary>
internal readonly record struct Setting(object? Value, ConfigPlace Place)
{
    /// <summary>What was written, where it refers to other values and they are not known yet.</summary>
    public ConfigNode? Unresolved { get; init; }

    /// <summary>What was written, where the value came from the environment.</summary>
    public ConfigNode? Written { get; init; }

    /// <summary>Whether a problem with it has been told: then it has no value, and counts as set.</summary>
    public bool IsWrong { get; init; }
}

/// <summary>What the layers so far have made of a group.</summary>
internal sealed class GroupState(ConfigGroup group)
{
    public ConfigGroup Group { get; } = group;

    /// <summary>The choice whose file the group started from; null where none was chosen.</summary>
    public string? Choice { get; set; }

    /// <summary>The catalog's name, where the group has one and it is known.</summary>
    public string? Name { get; private set; }

    /// <summary>Where the group's choice or name was set.</summary>
    public ConfigPlace? ChosenAt { get; set; }

    /// <summary>The group's keys; null before it is known what is chosen.</summary>
    public OptionsShape? Shape { get; private set; } = group.OptionsType is null ? null : OptionsShape.For(group.OptionsType);

    /// <summary>Whether it is <c>none</c>.</summary>
    public bool IsOff { get; private set; }

    /// <summary>Whether a problem keeps its keys from being known; it has been told, and keys are not looked at.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>What is set, by path.</summary>
    public Dictionary<string, Setting> Values { get; } = [];

    /// <summary>Goes on with another choice: earlier keys were meant for the one before.</summary>
    public void StartAnew(string? choice)
    {
        Values.Clear();
        Choice = choice;
        IsOff = false;
        IsBroken = false;
        if (Group.IsNamed)
        {
            (Name, Shape) = (null, null);
        }
    }

    public void Use(string name, OptionsShape shape) => (Name, Shape) = (name, shape);

    public void TurnOff(string choice)
    {
        StartAnew(choice);
        IsOff = true;
    }

    public void Break()
    {
        StartAnew(null);
        IsBroken = true;
    }
}
