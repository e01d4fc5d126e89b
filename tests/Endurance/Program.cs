using System.Globalization;
using TcbPowerShell.Endurance;

if (args is [KillTrial.Victim, .. string[] rest]) return KillTrial.RunVictim(rest);
if (args is [SaveTrial.Victim, .. string[] saved]) return SaveTrial.RunVictim(saved);
if (args is [JournalTrial.Reader, .. string[] asked]) return JournalTrial.RunReader(asked);

const string Help = """
    Trials that take minutes: the cmdlet under faults, kills and stops, against the emulator's own record.

      dotnet run -c Release --project tests/Endurance -- [TRIAL ...] [--seeds N] [--files N] [--rounds N] [--write FILE]

      faults         a long list under every fault at once          (--seeds 20 --files 100000)
      look-up        the same faults, looking up                    (--seeds 5 --files 20000)
      kill           kill -9 in the middle, and take it up again    (--rounds 20)
      downloads      each fault of downloads, with what becomes of the file
      saves          find, save, remove: kill -9 in the part file, at the renaming, at the index, during a deletion (--rounds 5 --files 1500)
      stop           Ctrl+C at random moments                       (--rounds 200)
      tokens         tokens that live two seconds, and component tokens that live three
      token-stops    Ctrl+C while an authorizer connects            (--rounds 3000)
      refusals       good tokens refused by chance                  (--rounds 36 --files 2000)
      journal        a run that goes on with a journal of a million files
      outages        a service that is away for 30 seconds, and for four minutes (--rounds 2)
      environments   eight runspaces, eight environments            (--rounds 100)

    Without a name all of them run. --write makes FILE anew with the tables. The exit code is 1 where a trial did not pass.
    """;
string[] known = ["faults", "look-up", "kill", "downloads", "saves", "stop", "tokens", "token-stops", "refusals", "journal", "outages", "environments"];
var trials = new List<string>();
int? seeds = null, files = null, rounds = null;
string? write = null;
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--seeds": seeds = Number(++i); break;
        case "--files": files = Number(++i); break;
        case "--rounds": rounds = Number(++i); break;
        case "--write": write = args[++i]; break;
        case var name when known.Contains(name): trials.Add(name); break;
        default:
            Console.WriteLine(Help);
            return args[i] == "--help" ? 0 : 2;
    }
}

var tables = new List<Table>();
foreach (string trial in trials.Count > 0 ? trials : [.. known])
{
    Console.WriteLine(trial);
    tables.Add(trial switch
    {
        "faults" => FaultsTrial.Run(seeds ?? 20, files ?? 100_000, atOnce: 5),
        "look-up" => LookUpTrial.Run(seeds ?? 5, files ?? 20_000, atOnce: 5),
        "kill" => KillTrial.Run(rounds ?? 20),
        "downloads" => DownloadsTrial.Run(),
        "saves" => SaveTrial.Run(rounds ?? 5, files ?? 1500, largeMegabytes: 120),
        "stop" => StopTrial.Run(rounds ?? 200),
        "tokens" => TokensTrial.Run(),
        "token-stops" => TokenStopTrial.Run(rounds ?? 3000),
        "refusals" => RefusalsTrial.Run(rounds ?? 36, files ?? 2000),
        "journal" => JournalTrial.Run(1_000_000),
        "outages" => OutageTrial.Run(rounds ?? 2),
        _ => EnvironmentsTrial.Run(rounds ?? 100),
    });
}
if (write is not null)
{
    string head = "# Endurance\n\nThe cmdlet in the real PowerShell engine against the emulator, whose own record is the measure. Made by\n"
        + "`dotnet run -c Release --project tests/Endurance -- --write docs/endurance.md`.\n\n";
    File.WriteAllText(write, head + string.Join('\n', tables));
}
return tables.Exists(table => table.Failed) ? 1 : 0;

int Number(int i) => int.Parse(args[i], CultureInfo.InvariantCulture);
