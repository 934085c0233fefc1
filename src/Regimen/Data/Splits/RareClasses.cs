namespace Regimen.Data;

/// <summary>Completes a stratified split: a class with few samples may be missing from the training set, and a model can't learn a class
/// without samples.</summary>
internal static class RareClasses
{
    /// <summary>Moves one sample of each class that is missing from the training part into it. In exchange, a sample of the class with the most
    /// training samples moves the other way, so that the parts keep their sizes. If no class has two training samples, nothing moves back, as
    /// long as the other part keeps a sample.</summary>
    /// <param name="parts">The samples of each part, ascending.</param>
    /// <param name="training">The part that must contain every class.</param>
    /// <param name="classes">The class of each sample.</param>
    public static void MoveTo(int[][] parts, int training, IReadOnlyList<int> classes)
    {
        Dictionary<int, Queue<int>> ofClass = parts[training].GroupBy(i => classes[i]).ToDictionary(g => g.Key, g => new Queue<int>(g));
        List<(int Sample, int Part)> missing = FirstOfMissing(parts, ofClass, classes);
        if (missing.Count == 0)
        {
            return;
        }

        // The largest class first; of equal ones the one with the lowest index.
        var largest = new PriorityQueue<int, (int, int)>(ofClass.Select(c => (c.Key, (-c.Value.Count, c.Key))));
        HashSet<int>[] members = [.. parts.Select(part => part.ToHashSet())];
        foreach ((int sample, int part) in missing)
        {
            bool exchanges = largest.TryPeek(out int giver, out _) && ofClass[giver].Count > 1;
            if (exchanges)
            {
                int back = ofClass[giver].Dequeue();
                members[training].Remove(back);
                members[part].Add(back);
                largest.DequeueEnqueue(giver, (-ofClass[giver].Count, giver));
            }

            if (exchanges || members[part].Count > 1)
            {
                members[part].Remove(sample);
                members[training].Add(sample);
            }
        }

        for (int part = 0; part < parts.Length; part++)
        {
            parts[part] = [.. members[part].Order()];
        }
    }

    /// <summary>Returns, for each class missing from training in the order of the classes, its first sample and that sample's part.</summary>
    private static List<(int Sample, int Part)> FirstOfMissing(int[][] parts, Dictionary<int, Queue<int>> inTraining, IReadOnlyList<int> classes)
    {
        var first = new SortedDictionary<int, (int, int)>();
        for (int part = 0; part < parts.Length; part++)
        {
            foreach (int sample in parts[part].Where(i => !inTraining.ContainsKey(classes[i])))
            {
                first.TryAdd(classes[sample], (sample, part));
            }
        }

        return [.. first.Values];
    }
}
