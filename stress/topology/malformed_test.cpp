// Every malformed topology is an error of one line that quotes it, and never this machine.
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "stress/topology/machines.hpp"

namespace stealyard::topology::testing {
namespace {

void expect_refused(std::string const& topology, std::string const& quoting) {
  auto const found = discover({.topology = topology});
  ASSERT_FALSE(found) << "'" << topology << "' was accepted, as " << found->description();
  EXPECT_EQ(found.error().kind, error_kind::usage) << topology;
  auto const& reason = found.error().reason;
  EXPECT_NE(reason.find(quoting), std::string::npos) << "'" << reason << "' does not mention '" << quoting << "'";
  EXPECT_EQ(reason.find('\n'), std::string::npos) << reason;
  EXPECT_LT(reason.size(), 500U) << reason;
}

TEST(topology_malformed, option_of_unknown_form) {
  for (char const* text : {"auto", "xml", "XML:file", "synthetic", "pack:2 pu:2", " ", "file.xml"}) expect_refused(text, text);
}

TEST(topology_malformed, synthetic_strings) {
  for (char const* text : {"",
                           " ",
                           "garbage",
                           "pack:2",
                           "pack:2 core:4",
                           "pu",
                           "pu:",
                           ":2",
                           "pu:0",
                           "pack:0 pu:2",
                           "pu:-1",
                           "pack:-2 pu:4",
                           "-4",
                           "pu:2 core:2",
                           "pu:2 pu:2",
                           "pack:1.5 pu:2",
                           "pack:2,pu:2",
                           "pack:2 pu:2junk",
                           "pack:two pu:2",
                           "pack:2 pu:2(",
                           "pack:2 pu:2)",
                           "pack:2(] pu:2",
                           "pack:2 pu:2(size=",
                           "pack:2 quantum:2 pu:2",
                           "pu:2(indexes=0,0)",
                           "core:2 pack:2 pu:2 core:1",
                           "pack:2\npu:2",
                           "xml:file"})
    expect_refused(std::string("synthetic:") + text, "synthetic topology");
}

TEST(topology_malformed, synthetic_strings_are_told_why) {
  for (auto const& [text, why] :
       {std::pair("", "is empty"), std::pair("pu:0", "a count of at least 1"), std::pair("pack:2 pu:-1", "'pu:-1' where"),
        std::pair("pack:2(] pu:2", "parentheses"), std::pair("pack:2 pu:2(", "parentheses"), std::pair("pack:2 pu:2)", "parentheses"),
        std::pair("pack:2 core:4", "ends in 'core', not in pu:COUNT"), std::pair("pack:2 quantum:2 pu:2", "not understood by hwloc"),
        std::pair("pu:2(indexes=0,0)", "makes 1"), std::pair("pu:1025", "more than 1024 of one kind"),
        std::pair("pack:33 core:250 pu:1", "more than 8192 PUs"), std::pair("pack:33 numa:32 pu:1", "more than 1024 NUMA nodes"),
        std::pair("pack:2\npu:2", "control characters")})
    expect_refused(std::string("synthetic:") + text, why);
}

TEST(topology_malformed, absurd_sizes_are_refused_at_once) {
  auto const start = std::chrono::steady_clock::now();
  for (char const* text : {"pu:100000", "pu:8193", "pack:100 core:100 pu:100", "numa:1025 pu:1", "pack:33 numa:32 pu:1", "pu:4294967296",
                           "pu:99999999999999999999999", "pack:4294967296 core:4294967296 pu:1", "node:2000 pu:1", "NUMANode:2000 pu:1"})
    expect_refused(std::string("synthetic:") + text, text);
  expect_refused("synthetic:" + std::string(100'000, 'x'), "xxx");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(topology_malformed, the_largest_accepted) {
  auto const m = must_discover("synthetic:numa:64 core:64 pu:2");
  EXPECT_EQ(m.pus().size(), max_pus);
}

class xml_files : public ::testing::Test {
 protected:
  scratch_folder scratch_;
  std::string good_ = must_discover("synthetic:pack:2 numa:1 core:2 pu:2").export_xml().value();

  void expect_refused_text(std::string const& text) {
    auto const file = scratch_.write("machine.xml", text);
    expect_refused("xml:" + file, file);
  }
  [[nodiscard]] std::string replaced(std::string const& what, std::string const& by) const {
    std::string text = good_;
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size(), ++count) text.replace(at, what.size(), by);
    EXPECT_GT(count, 0U) << "nothing to replace: " << what;
    return text;
  }
};

TEST_F(xml_files, the_good_one_is_accepted) { EXPECT_EQ(must_discover("xml:" + scratch_.write("machine.xml", good_)).pus().size(), 8U); }

TEST_F(xml_files, missing_unreadable_or_no_file) {
  expect_refused("xml:", "xml:");
  expect_refused("xml:" + scratch_.path("absent.xml"), "absent.xml");
  expect_refused("xml:" + scratch_.path(), "not a regular file");
  expect_refused("xml:/dev/zero", "not a regular file");
  expect_refused("xml:" + scratch_.path("machine.xml/below"), "machine.xml/below");
  expect_refused("xml:" + std::string(5000, 'n'), "File name too long");
}

TEST_F(xml_files, unreadable) {
  auto const locked = scratch_.write("locked.xml", good_);
  ASSERT_EQ(::chmod(locked.c_str(), 0), 0);
  ASSERT_EQ(::chmod(scratch_.path().c_str(), 0755), 0);
  bool const root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::seteuid(65534), 0);  // nobody: root may read anything
  }
  expect_refused("xml:" + locked, "Permission denied");
  if (root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
}

TEST_F(xml_files, odd_names_stay_on_one_line) { expect_refused("xml:" + scratch_.path("two\nlines"), "two?lines"); }

TEST_F(xml_files, truncated_anywhere) {
  // Cut at every 25th byte up to the closing tag of the root: none may load, least of all as this machine.
  auto const end = good_.rfind("</topology>");
  ASSERT_NE(end, std::string::npos);
  for (std::size_t length = 0; length < end; length += 25) expect_refused_text(good_.substr(0, length));
}

TEST_F(xml_files, other_formats) {
  expect_refused_text("\n");
  expect_refused_text("not xml");
  expect_refused_text("{\"schema\":\"stealyard.topology/1\"}");
  expect_refused_text("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><g/></svg>\n");
  expect_refused_text("<?xml version=\"1.0\"?>\n<!DOCTYPE topology SYSTEM \"hwloc2.dtd\">\n<topology version=\"2.0\"></topology>\n");
  expect_refused_text(
      std::string("\x7f"
                  "ELF\0\0\0",
                  7));
}

TEST_F(xml_files, inconsistent_contents) {
  expect_refused_text(replaced("type=\"PU\"", "type=\"Core\""));              // no PU
  expect_refused_text(replaced("type=\"PU\"", "type=\"Quux\""));              // unknown type
  expect_refused_text(replaced("type=\"PU\" os_index=\"3\"", "type=\"PU\" os_index=\"2\""));           // one PU twice
  expect_refused_text(replaced("type=\"PU\" os_index=\"3\"", "type=\"PU\" os_index=\"4000000000\""));  // against its cpuset
  expect_refused_text(replaced("allowed_cpuset=\"0x000000ff\"", "allowed_cpuset=\"0x0\""));            // nothing allowed
}

TEST_F(xml_files, too_large) {
  auto const file = scratch_.path("huge.xml");
  std::ofstream(file) << good_;
  ASSERT_EQ(::truncate(file.c_str(), 65L << 20), 0);  // sparse: costs no disk
  expect_refused("xml:" + file, "64 MiB");
}

TEST_F(xml_files, variables_of_hwloc_are_held_to_the_same_checks) {
  {
    environment_guard const variable("HWLOC_XMLFILE", "/nonexistent/machine.xml");
    expect_refused("", "/nonexistent/machine.xml");
    EXPECT_EQ(must_discover("synthetic:pu:3").pus().size(), 3U);  // what is asked for explicitly wins
  }
  {
    environment_guard const variable("HWLOC_SYNTHETIC", "pack:2");
    expect_refused("", "pack:2");
  }
  {
    environment_guard const variable("HWLOC_SYNTHETIC", "pack:3 pu:2");
    auto const m = must_discover("");
    EXPECT_EQ(m.source(), source_kind::synthetic);
    EXPECT_EQ(m.pus().size(), 6U);
    EXPECT_FALSE(m.is_this_machine());
  }
  {
    environment_guard const variable("HWLOC_FSROOT", "/nonexistent");
    expect_refused("", "/nonexistent");
  }
  {
    environment_guard const variable("HWLOC_THISSYSTEM", "1");
    expect_refused("synthetic:pu:3", "HWLOC_THISSYSTEM");
  }
}

}  // namespace
}  // namespace stealyard::topology::testing
