"""scripts/stealyard doctor, on made-up machines: every check is shown what is bad and what is good, and what it cannot read."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from stealyard_tools.machine_checks import CHECKS, examine, machine_files  # noqa: E402
from stress.harness import sample_result as sample  # noqa: E402
from stress.harness.in_process import front_door  # noqa: E402

CPU = "sys/devices/system/cpu"
CLOCK = "sys/devices/system/clocksource/clocksource0"
QUIET = {
    f"{CPU}/cpu0/cpufreq/scaling_governor": "performance", f"{CPU}/cpu1/cpufreq/scaling_governor": "performance",
    f"{CPU}/intel_pstate/no_turbo": "1", f"{CPU}/smt/active": "0", f"{CPU}/online": "0-1", f"{CPU}/vulnerabilities/meltdown": "Not affected",
    "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never", "sys/devices/system/node/online": "0-1",
    f"{CLOCK}/current_clocksource": "tsc", f"{CLOCK}/available_clocksource": "tsc hpet", "proc/loadavg": "0.01 0.20 0.30 1/200 1234",
    "proc/stat": "cpu 100 0 100 10000 0 0 0 0 0 0\ncpu0 1 1 1", "proc/pressure/cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1",
    "proc/self/cgroup": "4:cpu,cpuacct:/old\n0::/user/mine",
    "proc/self/mountinfo": "31 30 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n32 31 0:27 / /sys/fs/old\\040one rw - cgroup cgroup rw,cpuacct,cpu",
    "sys/fs/old one/old/cpu.cfs_quota_us": "-1", "sys/fs/old one/old/cpu.cfs_period_us": "100000",
    "sys/fs/cgroup/user/cpu.max": "max 100000", "proc/self/status": "Name:\tx\nCpus_allowed_list:\t0-1",
    "proc/cpuinfo": "flags : fpu sse2", "proc/sys/kernel/numa_balancing": "0", "proc/sys/kernel/perf_event_paranoid": "1",
}
# check: (files that make it bad or a note, its state, a word of the value, a word of the line that mends it)
SPOILT = {
    "governor": ({f"{CPU}/cpu1/cpufreq/scaling_governor": "powersave"}, "bad", "powersave on 1 of 2", "scaling_governor"),
    "boost": ({f"{CPU}/intel_pstate/no_turbo": "0"}, "bad", "on", "echo 1 |"),
    "smt": ({f"{CPU}/smt/active": "1"}, "note", "on", "smt/control"),
    "huge pages": ({"sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never"}, "bad", "always", "echo madvise"),
    "mitigations": ({f"{CPU}/vulnerabilities/meltdown": "Mitigation: PTI"}, "note", "1 active (meltdown)", "mitigations=off"),
    "load": ({"proc/loadavg": "1.70 0.2 0.3 1/2 3"}, "bad", "1.70", "ps "),
    "steal": ({"proc/stat": "cpu 100 0 100 700 0 0 0 100 0 0"}, "bad", "10.0 %", "--blocks"),
    "pressure": ({"proc/pressure/cpu": "some avg10=12.50 avg60=0 avg300=0 total=1"}, "bad", "12.5 %", "ps "),
    "cgroup": ({"sys/fs/cgroup/user/cpu.max": "150000 100000"}, "bad", "1.5 CPUs", "/sys/fs/cgroup/user/cpu.max"),
    "CPUs": ({"proc/self/status": "Cpus_allowed_list:\t1"}, "bad", "1 of 2", "taskset"),
    "clock": ({f"{CLOCK}/current_clocksource": "hpet"}, "bad", "hpet", "echo tsc"),
    "NUMA balancing": ({"proc/sys/kernel/numa_balancing": "1"}, "bad", "2 nodes", "sysctl kernel.numa_balancing=0"),
    "virtual": ({"proc/cpuinfo": "flags : fpu hypervisor"}, "note", "yes", ""),
}
FRONT_DOOR = sample.REPOSITORY / "scripts" / "stealyard"


class made_up(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = pathlib.Path(holder.name)

    def machine(self, changes=None, without=()):
        for name, text in {**QUIET, **(changes or {})}.items():
            if name not in without:
                path = self.root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text + "\n")
        return {each.name: each for each in examine(machine_files(self.root))}

    def call(self, *words, **variables):
        if not variables:
            return front_door("doctor", *words)
        return subprocess.run([sys.executable, str(FRONT_DOOR), "doctor", *map(str, words)], capture_output=True, text=True, timeout=60,
                              check=False, env={**os.environ, **variables})


class checks(made_up):
    def test_a_quiet_machine_has_nothing_bad(self):
        found = self.machine()
        self.assertEqual({name for name, each in found.items() if each.state == "bad"}, set())
        self.assertEqual({name for name in SPOILT if found[name].state != "good"}, set())

    def test_each_thing_that_spoils_is_seen_alone_with_what_mends_it(self):
        for name, (changes, state, value, mend) in SPOILT.items():
            with self.subTest(name):
                found = self.machine(changes)
                self.assertEqual(found[name].state, state)
                self.assertIn(value, found[name].value)
                self.assertIn(mend, found[name].mend)
                self.assertTrue(found[name].why)
                self.assertEqual([other for other in SPOILT if other != name and found[other].state != "good"], [])

    def test_the_tightest_quota_of_either_version_and_of_any_ancestor_counts(self):
        old = {"sys/fs/old one/old/cpu.cfs_quota_us": "50000"}
        new = {"sys/fs/cgroup/user/cpu.max": "150000 100000", "sys/fs/cgroup/user/mine/cpu.max": "max 100000"}
        for changes, value, mend in ((old, "0.5 CPUs", "echo -1 | sudo tee '/sys/fs/old one/old/cpu.cfs_quota_us'"),
                                     (new, "1.5 CPUs", "echo max | sudo tee /sys/fs/cgroup/user/cpu.max"),
                                     ({**old, **new}, "0.5 CPUs", "cpu.cfs_quota_us")):
            with self.subTest(value):
                found = self.machine(changes)["cgroup"]
                self.assertIn(value, found.value)
                self.assertIn(mend, found.mend)

    def test_a_machine_that_says_nothing_is_unknown_and_never_bad(self):
        (self.root / "proc").mkdir()
        found = examine(machine_files(self.root))
        self.assertEqual(len(found), len(CHECKS))
        self.assertEqual([each.name for each in found if each.state in ("bad", "good") and each.name != "NUMA balancing"], [])

    def test_files_that_read_unlike_any_kernels_are_unknown(self):
        for name in QUIET:
            for text in ("", "\0\xff garbage -1", "9" * 400):
                with self.subTest(f"{name}: {text[:12]!r}"):
                    self.machine({name: text})  # no exception is what is asked


class what_runs_now(made_up):
    """A live machine is looked at twice; what an average remembers of the minute before does not count."""

    STAT = "cpu {user} 0 0 {idle} 0 0 0 {stolen} 0 0\ncpu0 {half} 0 0 {idle} 0 0 0 0 0 0\ncpu1 {half} 0 0 {idle} 0 0 0 0 0 0\ncpu2 {user} 0 0 0 0 0 0 0"

    def live(self, busy, waited=0, stolen=0):
        """A second of 100 ticks a CPU, in `busy` of which somebody ran on each of the two that are ours."""
        def write(user, idle, total, lost):
            (self.root / "proc/stat").write_text(self.STAT.format(user=2 * user, half=user, idle=idle, stolen=lost))
            (self.root / "proc/pressure/cpu").write_text(f"some avg10=90.00 avg60=90.00 avg300=9.00 total={total}\n")

        self.machine({"proc/loadavg": "9.00 9.00 9.00 5/200 1"})
        write(1000, 5000, 700, 3)
        files = machine_files(self.root, live=True, sleep=lambda _: write(1000 + busy, 5100 - busy, 700 + waited, 3 + stolen))
        return {each.name: each for each in examine(files)}

    def test_a_compiler_that_has_just_ended_is_no_load(self):
        found = self.live(busy=2)
        self.assertEqual([(found[name].state, found[name].value) for name in ("load", "pressure", "steal")],
                         [("good", "0.04 of 2 CPUs busy, in 1 s"), ("good", "0.0 % in 1 s"), ("good", "0.0 % in 1 s")])

    def test_one_that_still_runs_is(self):
        found = self.live(busy=60, waited=250_000, stolen=8)
        self.assertEqual([(found[name].state, found[name].value[:6]) for name in ("load", "pressure", "steal")],
                         [("bad", "1.20 o"), ("bad", "25.0 %"), ("bad", "4.8 % ")])

    def test_only_our_cpus_count_and_a_missing_one_is_unknown(self):
        self.assertEqual(self.live(busy=0)["load"].state, "good")  # cpu2 is busy all the time, and not ours
        self.machine({"proc/self/status": "Cpus_allowed_list:\t0-7"})
        found = {each.name: each for each in examine(machine_files(self.root, live=True, sleep=lambda _: None))}
        self.assertEqual((found["load"].state, found["load"].value), ("unknown", "/proc/stat does not count eight times of cpu0"))


class command(made_up):
    def test_status_text_and_json_agree(self):
        self.machine(SPOILT["governor"][0])
        said = self.call("--root", self.root)
        self.assertEqual((said.returncode, said.stderr), (1, ""))
        self.assertRegex(said.stdout, r"(?m)^bad +governor +powersave on 1 of 2 CPUs$")
        self.assertRegex(said.stdout, r"(?m)^ +mend: echo performance \| sudo tee ")
        document = json.loads(self.call("--root", self.root, "--json").stdout)
        self.assertEqual((document["schema"], document["bad"]), ("stealyard.doctor/1", 1))
        self.assertEqual(len(document["checks"]), len(CHECKS))
        self.machine()
        self.assertEqual(self.call("--root", self.root).returncode, 0)

    def test_sixty_columns_break_prose_and_never_what_is_to_be_copied(self):
        self.machine({**SPOILT["governor"][0], **SPOILT["boost"][0]})
        for line in self.call("--root", self.root, COLUMNS="60").stdout.splitlines():
            self.assertTrue(len(line) <= 60 or "mend: " in line, line)

    def test_a_folder_without_proc_is_refused(self):
        done = self.call("--root", self.root / "absent")
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (2, "", 1))

    def test_this_machine_is_looked_at_for_real(self):
        document = json.loads(self.call("--json").stdout)
        states = {each["name"]: each["state"] for each in document["checks"]}
        self.assertEqual(states["CPUs"] != "unknown", True)
        self.assertIn(states["membarrier"], ("good", "note"))
        self.assertIn(states["guard pages"], ("good", "note"))


if __name__ == "__main__":
    unittest.main()
