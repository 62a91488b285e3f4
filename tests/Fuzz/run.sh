#!/usr/bin/env bash
# Coverage-guided fuzzing of the readers: tests/Fuzz/run.sh SECONDS [TARGET...]
# Targets: nifti pair metaimage detached header weights; each gets SECONDS. Needs afl-fuzz (Debian: afl++) and the .NET tool
# SharpFuzz.CommandLine, which is installed into the output folder. Ends with 1 where a crash or a hang was found.
# SMML_TESTDATA, where set, adds its conformance and hostile files to the seeds.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=${1:-600}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(nifti pair metaimage detached header weights)
out=artifacts/fuzz
program=$out/program/Smml.MLNet.Fuzz
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_NO_AFFINITY=1 AFL_MAP_SIZE=65536
export DOTNET_TieredPGO=0 TMPDIR=/dev/shm

rm -rf "$out"
mkdir -p "$out/tools" "$out/found"
dotnet tool install --tool-path "$out/tools" SharpFuzz.CommandLine --version 2.3.0 >/dev/null
dotnet publish tests/Fuzz -c Release -o "$out/program" -v q >/dev/null
"$program" header tests/Fuzz/seeds/header.json
for library in Smml.MLNet.DataLoaders Smml.MLNet.Transforms; do
  "$out/tools/sharpfuzz" "$out/program/$library.dll"
done

# name PATTERN...: copies small seed files into the folder of a target.
seed() {
  local folder=$out/seeds/$1
  shift
  mkdir -p "$folder"
  for file in "$@"; do
    [ -f "$file" ] && [ "$(stat -c %s "$file")" -lt 5000 ] && cp "$file" "$folder/" && chmod u+w "$folder/$(basename "$file")"
  done
  return 0
}
data=${SMML_TESTDATA:-none}
seed nifti tests/Fuzz/seeds/*.nii* "$data"/conformance/*.nii* "$data"/hostile/*.nii*
seed pair tests/Fuzz/seeds/*.hdr "$data"/conformance/*.hdr* "$data"/hostile/*.hdr
seed metaimage tests/Fuzz/seeds/*.mha "$data"/conformance/*.mha "$data"/hostile/*.mha
seed detached tests/Fuzz/seeds/*.mhd "$data"/conformance/*.mhd "$data"/hostile/*.mhd
seed header tests/Fuzz/seeds/*.json
seed weights tests/Transforms.Tests/WeightFiles/Fixtures/*.pth

status=0
for target in "${targets[@]}"; do
  afl-fuzz -i "$out/seeds/$target" -o "$out/found/$target" -V "$seconds" -t 2000 -m none "$program" "$target" >"$out/$target.log" 2>&1 || { tail -n 20 "$out/$target.log"; exit 1; }
  stats=$out/found/$target/default/fuzzer_stats
  value() { sed -nE "s/^$1 *: *//p" "$stats"; }
  crashes=$(find "$out/found/$target/default/crashes" -name 'id:*' | wc -l)
  hangs=$(find "$out/found/$target/default/hangs" -name 'id:*' | wc -l)
  echo "$target: $(value execs_done) runs in $(value run_time) s, $(value corpus_count) inputs kept, $(value edges_found) edges, $crashes crashes, $hangs hangs"
  [ "$crashes" -eq 0 ] && [ "$hangs" -eq 0 ] || status=1
done
exit $status
