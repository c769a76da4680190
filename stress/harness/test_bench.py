"""The orchestrator against a fake subject: plans, filters, misbehaving subjects, and every kind of bad input."""

import fcntl
import json
import os
import subprocess
import unittest

from stress.harness import bench_case
from stress.harness.in_process import front_door
from stealyard_tools import known_names
from stealyard_tools.result_reader import read_result


class plans(bench_case.bench_case):
    def test_star_of_parts_in_complete_seeded_blocks(self):
        self.expect(0, self.bench("--workload", "steady,push_pop", "--workers", "1", "--blocks", "2", "--seed", "5", "--out", str(self.out)))
        self.check_exactly_once()
        plan = self.result()["plan"]
        self.assertEqual({cell["label"] for cell in plan["cells"] if cell["group"] == "workload"}, {"fake", "other_queue", "other_parker"})
        self.assertEqual([cell["parts"] for cell in plan["cells"] if cell["group"] == "micro"],
                         [{"run_queue": "good_queue"}, {"run_queue": "other_queue"}])
        self.assertNotEqual(*plan["order"])
        first = plan["order"]
        self.out = self.folder / "again"
        self.bench("--workload", "steady,push_pop", "--workers", "1", "--blocks", "2", "--seed", "5", "--out", str(self.out))
        self.assertEqual(self.result()["plan"]["order"], first)

    def test_the_measurements_run_in_the_planned_order(self):
        self.expect(0, self.bench("--workload", "steady", "--workers", "1,2", "--blocks", "3", "--out", str(self.out)))
        result = self.result()
        for measurement in result["measurements"]:
            self.assertEqual(result["plan"]["order"][measurement["block"]][measurement["position"]], measurement["cell"])

    def test_named_parts_are_crossed_and_nothing_else_measured(self):
        self.expect(0, self.bench("--run_queue", "good_queue,other_queue", "--parker", "other_parker", "--workload", "steady", "--workers", "2",
                                  "--blocks", "1", "--samples", "4", "--out", str(self.out)))
        measured = [each["measurement"] for each in self.result()["measurements"]]
        self.assertEqual(sorted(tuple(each["parts"].values()) for each in measured),
                         [("good_queue", "other_parker"), ("other_queue", "other_parker")])
        self.assertEqual([len(each["samples"]) for each in measured], [4, 4])

    def test_a_micro_benchmark_has_one_worker_and_that_is_said(self):
        done = self.bench("--workload", "steady,push_pop", "--workers", "2", "--blocks", "1", "--run_queue", "good_queue", "--out", str(self.out))
        self.expect(0, done, "1 cells are left out: a micro-benchmark has 1 worker")
        self.assertEqual([(cell["workload"], cell["workers"]) for cell in self.result()["plan"]["cells"]], [("steady", 2)])
        self.refused(self.bench("--workload", "push_pop", "--workers", "2", "--out", str(self.folder / "other")),
                     "a micro-benchmark has 1 worker", "--workers 2", status=3)

    def test_what_doctor_found_is_recorded(self):
        self.bench("--workload", "steady", "--workers", "1", "--parker", "good_parker", "--blocks", "1", "--out", str(self.out))
        found = {each["name"]: each["state"] for each in self.result()["environment"]["doctor"]}
        self.assertIn("steal", found)
        self.assertLessEqual(set(found.values()), {"bad", "note", "good", "unknown"})

    def test_only_parts_that_a_workload_uses_are_alternatives(self):
        self.expect(0, self.bench("--workload", "slow", "--workers", "1", "--blocks", "1", "--out", str(self.out)))
        self.assertEqual([cell["label"] for cell in self.result()["plan"]["cells"]], ["fake", "other_parker"])

    def test_quick_is_what_the_subject_calls_quick_with_alternatives_on_two_workers(self):
        self.expect(0, self.bench("--blocks", "1", "--out", str(self.out)))
        self.assertEqual([cell["id"] for cell in self.result()["plan"]["cells"]],
                         ["fake.steady.w1.fake", "fake.steady.w2.fake", "fake.steady.w2.other_queue", "fake.steady.w2.other_parker"])

    def test_headline_takes_the_defaults_alone(self):
        self.expect(0, self.bench("--profile", "headline", "--workload", "steady", "--blocks", "1", "--out", str(self.out)))
        self.assertEqual([cell["id"] for cell in self.result()["plan"]["cells"]], ["fake.steady.w1.fake", "fake.steady.w2.fake"])

    def test_quick_shortens_itself_to_its_time(self):
        self.expect(0, self.bench("--workload", "steady", "--workers", "1", "--min_time_ms", "9000", "--out", str(self.out)))
        self.assertEqual(self.result()["plan"]["blocks"], 1)

    def test_the_probe_and_the_noise_are_recorded(self):
        self.bench("--workload", "steady", "--workers", "1", "--parker", "good_parker", "--blocks", "1", "--out", str(self.out))
        [measured] = self.result()["measurements"]
        self.assertEqual(measured["probe_before"], {"round_trip_ns": 85.5, "mode": "near"})
        self.assertEqual(set(measured["noise_after"]), {"loadavg", "steal", "idle", "total"})

    def test_a_broken_probe_is_recorded_not_fatal(self):
        self.probe.write_text("#!/bin/sh\necho nonsense\n")
        self.expect(0, self.bench("--workload", "steady", "--blocks", "1", "--workers", "1", "--out", str(self.out)))
        self.assertEqual({each["probe_after"]["mode"] for each in self.result()["measurements"]}, {"unknown"})
        self.assertEqual({entry.mode for entry in read_result(self.out).usable}, {"unknown"})

    def test_time_is_up_and_resume_finishes(self):
        done = self.bench("--workload", "slow", "--workers", "1,2", "--blocks", "4", "--max_seconds", "0.3", "--out", str(self.out))
        self.expect(0, done, "time is up", f"--resume {self.out}")
        self.assertFalse(self.result()["complete"])
        self.expect(0, self.bench("--resume", str(self.out)))
        self.check_exactly_once()


class misbehaviour(bench_case.bench_case):
    def run_one(self, workload, status, *more):
        done = self.bench("--workload", workload, "--workers", "1", "--parker", "good_parker", "--blocks", "2", "--out", str(self.out), *more)
        self.expect(status, done)
        self.check_exactly_once()
        return done, self.result()["measurements"]

    def test_a_wrong_answer_is_recorded_and_ends_with_status_1(self):
        done, measured = self.run_one("wrong_answer,steady", 1)
        self.assertIn("wrong answer: expected 1, got 2", done.stderr)
        self.assertEqual(sum(not each["measurement"]["answer"]["ok"] for each in measured), 2)
        self.assertEqual({entry.workload for entry in read_result(self.out).usable}, {"steady"})

    def test_failures_are_recorded_with_their_reason(self):
        for workload, exit_status, reason in (("crash", "SIGABRT", ""), ("silent", 0, "corrupt"), ("garbage", 0, "not JSON"),
                                              ("newer", 0, "stealyard.measurement/2"), ("liar", 1, "contradicts answer.ok"),
                                              ("other_parts", 0, "it measured parker neither, asked was good_parker")):
            with self.subTest(workload=workload):
                self.out = self.folder / workload
                _, measured = self.run_one(workload, 1)
                self.assertEqual({each["failed"]["exit"] for each in measured}, {exit_status})
                self.assertIn(reason, measured[0]["failed"]["stderr"])

    def test_a_hanging_subject_is_killed(self):
        _, measured = self.run_one("hang", 1, "--timeout_seconds", "0.2")
        self.assertEqual(measured[0]["failed"]["exit"], "timeout")

    def test_not_applicable_is_counted_and_no_failure(self):
        done, _ = self.run_one("not_applicable,steady", 0)
        self.assertIn("1 cells not applicable", done.stdout)
        self.assertIn("not applicable: fake: these parts do not fit", [entry.why_unusable for entry in read_result(self.out).entries])


class before_building(bench_case.bench_case):
    """A folder that nobody has built in, and that nobody has made afterwards."""

    def test_what_cannot_be_measured_is_refused(self):
        (self.folder / "full").mkdir()
        (self.folder / "full" / "something").touch()
        build = self.folder / "build"
        for words, named in ((["--workload", "yeild"], ["unknown workload 'yeild' (did you mean 'yield'?)", "skynet"]),
                             (["--workload", "micro.idle.wake"], ["(did you mean 'micro.idle.wake_one'?)"]),
                             (["--run_queue", "chase_lv"], ["unknown run_queue 'chase_lv' (did you mean 'chase_lev'?)", "mutex_deque"]),
                             (["--channel", "mine"], ["--channel is not accepted"]), (["--subject", "perl"], ["unknown subject 'perl'"]),
                             (["--subject", "stealyard,mine=/absent"], ["/absent"]), (["--probe", "/absent"], ["--probe /absent"]),
                             (["--out", str(self.folder / "full")], ["is not empty"])):
            with self.subTest(words=words):
                self.refused(front_door("bench", "--build", str(build), *words), *named)
                self.assertFalse(build.exists())

    def test_a_build_that_takes_variants_from_outside_is_asked_itself(self):
        build = self.folder / "build"
        build.mkdir()
        (build / "CMakeCache.txt").write_text("STEALYARD_EXTRA_VARIANTS:STRING=/somewhere\n")
        self.expect(2, front_door("bench", "--build", str(build), "--run_queue", "from_outside"), "building stealyard-bench")

    @unittest.skipUnless(os.environ.get("STEALYARD_BENCH_EXECUTABLE"), "no stealyard-bench in this build: ctest names it in STEALYARD_BENCH_EXECUTABLE")
    def test_the_names_in_the_text_are_those_of_the_executable(self):
        listing = json.loads(subprocess.run([os.environ["STEALYARD_BENCH_EXECUTABLE"], "--list"], capture_output=True, check=True).stdout)
        self.assertEqual(known_names.workloads(), sorted({each["name"] for each in listing["workloads"]}))
        for kind, names in listing["parts"].items():
            self.assertLessEqual(set(known_names.variants(kind)), set(names))  # a build for tests has one more, from outside the tree


class bad_input(bench_case.bench_case):
    def test_names_and_numbers(self):
        for words, named in (
                (["--workload", "stedy"], ["'stedy' (did you mean 'steady'?)", "known:"]),
                (["--run_queue", "bogus"], ["unknown run_queue 'bogus'", "good_queue, other_queue"]),
                (["--victim", "uniform"], ["--victim is not accepted"]),
                (["--profile", "quik"], ["unknown profile 'quik'", "headline"]),
                (["--group", "macro"], ["unknown group 'macro'"]),
                (["--wokers", "1"], ["unknown flag '--wokers'", "--workers"]),
                (["--work", "steady"], ["unknown flag '--work'"]),
                (["extra"], ["unexpected argument 'extra'"]),
                (["--workload", ""], ["''"]), (["--workload", "steady,"], ["'steady,'"]),
                *((["--workers", value], [value, "1 to 1024"]) for value in ("0", "-1", "1025", "1e3", "99999999999999999999999")),
                (["--workers", "1,0"], ["'0'"]),
                *((["--blocks", value], [value, "1 to 9999"]) for value in ("0", "-3", "10000", "two")),
                *((["--size", value], [value, "1 to 1000000000"]) for value in ("0", "-1", "1000000001")),
                *((["--max_seconds", value], [value]) for value in ("0", "-1", "nan", "inf", "soon")),
                (["--subject", "perl"], ["unknown subject 'perl'"]), (["--subject", "mine="], ["'mine='"]),
                (["--subject", "mine=/does/not/exist"], ["/does/not/exist", "No such file"]),
                (["--subject", "mine=/bin/true"], ["mine", "not JSON"]), (["--subject", "mine=/bin/false"], ["mine", "exit 1"]),
                (["--probe", "/does/not/exist"], ["--probe /does/not/exist"]),
                (["--out", str(self.out), "--resume", str(self.out)], ["exclude each other"])):
            with self.subTest(words=words):
                self.refused(self.bench("--out", str(self.out), *words), *named)
                self.assertFalse(self.out.exists())

    def test_nothing_matched(self):
        self.refused(self.bench("--workload", "steady", "--group", "micro", "--out", str(self.out)), "no cell matches", status=3)

    def test_out_folders_that_cannot_be_used(self):
        (self.folder / "full").mkdir()
        (self.folder / "full" / "something").touch()
        (self.folder / "file").touch()
        for out, named in (("full", "is not empty (it holds something)"), ("file", "is a file"), ("file/below", "is a file"),
                           ("/proc/stealyard", "/proc/stealyard")):
            with self.subTest(out=out):
                self.refused(self.bench("--workload", "steady", "--out", str(self.folder / out)), named)

    def test_a_finished_run_is_not_overwritten(self):
        self.bench("--workload", "steady", "--workers", "1", "--blocks", "1", "--out", str(self.out))
        before = self.result()
        self.refused(self.bench("--workload", "steady", "--out", str(self.out)), "is not empty", f"--resume {self.out}")
        self.assertEqual(self.result(), before)

    def test_two_runs_into_one_folder(self):
        self.out.mkdir()
        with open(self.out / ".lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refused(self.bench("--workload", "steady", "--out", str(self.out)), "in use by another run")
        running = subprocess.Popen(self.command("--workload", "slow", "--blocks", "20", "--out", str(self.out)),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (self.out / "plan.json").exists():
            self.assertIsNone(running.poll())
        for words in (("--resume", str(self.out)), ("--workload", "slow", "--out", str(self.out))):
            self.refused(self.bench(*words), "in use by another run")
        running.terminate()
        self.assertEqual(running.wait(), 130)
        self.assertFalse((self.out / ".lock").exists())

    def test_a_full_disk_keeps_what_was_measured(self):
        """A file size limit stands in for the full disk (ENOSPC itself: the write error is one code path, see atomic_file)."""
        def limit():
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        self.refused(self.bench_apart("--workload", "steady", "--out", str(self.out), preexec_fn=limit), "cannot write", "environment.json")
        self.assertEqual(list(self.out.rglob("*.tmp")), [])


class resuming(bench_case.bench_case):
    def setUp(self):
        super().setUp()
        self.bench("--workload", "slow", "--workers", "1,2", "--blocks", "2", "--seed", "3", "--max_seconds", "0.2", "--out", str(self.out))

    def damage(self, name, change):
        file = self.out / name
        document = json.loads(file.read_text())
        change(document)
        file.write_text(json.dumps(document))

    def test_measures_only_what_is_missing(self):
        blocks = {file: file.stat().st_mtime_ns for file in (self.out / "blocks").iterdir()}
        self.assertGreater(len(blocks), 0)
        self.expect(0, self.bench("--resume", str(self.out)))
        self.check_exactly_once()
        self.assertEqual({file: file.stat().st_mtime_ns for file in blocks}, blocks)

    def test_the_same_command_with_resume(self):
        self.expect(0, self.bench("--workload", "slow", "--workers", "1,2", "--blocks", "2", "--seed", "3", "--resume", str(self.out)))
        self.check_exactly_once()

    def test_another_command_is_refused(self):
        for words, named in ((["--blocks", "3"], "--blocks 3 is not what the run"), (["--run_queue", "good_queue"], "(not given)")):
            self.refused(self.bench("--resume", str(self.out), *words), named)

    def test_unreadable_plans(self):
        plan = self.out / "plan.json"
        good = plan.read_text()
        for text, named in (("", "not JSON"), (good[:-40], "not JSON"), ("[]", "object is expected"),
                            (good.replace("stealyard.plan/1", "stealyard.plan/2"), "stealyard.plan/2, newer than stealyard.plan/1"),
                            (good.replace("stealyard.plan/1", "stealyard.result/1"), "is not a plan"),
                            (good.replace('"blocks": 2', '"blocks": 0'), "blocks"), (good.replace('"blocks": 2', '"blocks": 3'), "3 blocks")):
            plan.write_text(text)
            with self.subTest(named=named):
                self.refused(self.bench("--resume", str(self.out)), str(plan), named)
        plan.unlink()
        self.refused(self.bench("--resume", str(self.out)), "no plan.json")
        self.refused(self.bench("--resume", str(self.out / "absent")), "no such folder")

    def test_an_order_that_is_no_permutation(self):
        self.damage("plan.json", lambda plan: plan["order"][0].__setitem__(0, plan["order"][0][1]))
        self.refused(self.bench("--resume", str(self.out)), "block 0 does not hold every cell once")

    def test_a_corrupt_block_is_named(self):
        file = sorted((self.out / "blocks").iterdir())[0]
        file.write_text("{")
        self.refused(self.bench("--resume", str(self.out)), str(file), "corrupt")

    def test_a_block_in_the_wrong_place_is_named(self):
        file = sorted((self.out / "blocks").iterdir())[0]
        file.rename(file.with_name("0001-005.json"))
        self.refused(self.bench("--resume", str(self.out)), "0001-005.json is corrupt")

    def test_a_block_of_another_cell_is_named(self):
        name = f"blocks/{sorted((self.out / 'blocks').iterdir())[0].name}"
        other = json.loads((self.out / "plan.json").read_text())["order"][0][-1]
        self.damage(name, lambda block: block.__setitem__("cell", other))
        self.refused(self.bench("--resume", str(self.out)), f"{name} is corrupt")

    def test_another_executable_is_refused(self):
        other = self.folder / "other_subject"
        other.write_text(bench_case.FAKE_SUBJECT.read_text() + "\n")
        other.chmod(0o755)
        self.executables[1] = f"fake={other}"
        self.refused(self.bench("--resume", str(self.out)), "is not the one that the run")

    def test_leftover_temporary_files_go(self):
        (self.out / "blocks" / "0001-003.json.tmp").write_text("{")
        self.expect(0, self.bench("--resume", str(self.out)))
        self.check_exactly_once()


if __name__ == "__main__":
    unittest.main()
