namespace Regimen.Configuration;

/// <summary>A value that a config sets, with its location.</summary>
internal readonly record struct Setting(object? Value, ConfigPlace Place)
{
    /// <summary>The node as written, if it contains references that are not resolved yet.</summary>
    public ConfigNode? Unresolved { get; init; }

    /// <summary>The node as written, if the value came from the environment.</summary>
    public ConfigNode? Written { get; init; }

    /// <summary>Whether a problem with this value has been reported. It then has no value but counts as set.</summary>
    public bool IsWrong { get; init; }
}

/// <summary>The state of a group after the layers applied so far.</summary>
internal sealed class GroupState(ConfigGroup group)
{
    public ConfigGroup Group { get; } = group;

    /// <summary>The choice that the group started from; null if none was made.</summary>
    public string? Choice { get; set; }

    /// <summary>The catalog name; null for a group without one, or before it is known.</summary>
    public string? Name { get; private set; }

    /// <summary>The number of layers that have set the choice or keys of the group in a file, or its choice on the command line.</summary>
    public int Layers { get; set; }

    /// <summary>The location at which the choice or name was set.</summary>
    public ConfigPlace? ChosenAt { get; set; }

    /// <summary>The group's keys; null before the choice is known.</summary>
    public OptionsShape? Shape { get; private set; } = group.OptionsType is null ? null : OptionsShape.For(group.OptionsType);

    /// <summary>Whether the group is <c>none</c>.</summary>
    public bool IsOff { get; private set; } = group is { CanBeOff: true, IsNamed: true };

    /// <summary>Whether the group's keys are unknown because of a reported problem. Keys of such a group are not checked.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The settings by path.</summary>
    public Dictionary<string, Setting> Values { get; } = [];

    /// <summary>Switches to another choice and discards the keys set for the previous one.</summary>
    public void Reset(string? choice)
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
        Reset(choice);
        IsOff = true;
    }

    public void Break()
    {
        Reset(null);
        IsBroken = true;
    }
}
