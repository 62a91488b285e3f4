#!/bin/bash
# Scores phantoms with one process and with several under real launchers, and compares all files byte by byte. See README.md.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
smml=${1:-$here/../../artifacts/bin/smml/debug/smml.dll}
[ -f "$smml" ] || { echo "$smml: no such file. Build it first: dotnet build examples/smml" >&2; exit 2; }
smml=$(realpath "$smml")
for program in munged slurmctld slurmd sbatch srun mpirun.mpich mpirun.openmpi; do
    command -v "$program" > /dev/null || PATH=$PATH:/usr/sbin command -v "$program" > /dev/null \
        || { echo "$program is missing, see README.md" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "run this as root, in a container: the daemons of Slurm need it" >&2; exit 2; }
PATH=$PATH:/usr/sbin

# sbatch hands its environment to the job: variables of an outer job would count
for name in $(compgen -e | grep -E '^(SLURM|PMI|OMPI|MPI|PMIX)_|^JOB_COMPLETION' || true); do unset "$name"; done

work=$(mktemp -d "${TMPDIR:-/tmp}/smml-slurm.XXXXXX")
mkdir "$work/cluster" "$work/cluster/state" "$work/cluster/spool"
cluster=$work/cluster
chmod 755 "$work" "$cluster"

stop() {
    for daemon in slurmd slurmctld munged; do
        [ -f "$cluster/$daemon.pid" ] && kill "$(cat "$cluster/$daemon.pid")" 2> /dev/null || true
    done
    sleep 1
    [ "${KEEP:-}" = 1 ] && echo "kept: $work" || rm -rf "$work"
}
trap stop EXIT

head -c 128 /dev/urandom > "$cluster/munge.key"
chmod 400 "$cluster/munge.key"
munged --key-file="$cluster/munge.key" --socket="$cluster/munge.socket" --pid-file="$cluster/munged.pid" \
    --log-file="$cluster/munged.log" --seed-file="$cluster/munge.seed"
sed -e "s#@HOST@#$(hostname -s)#g" -e "s#@DIR@#$cluster#g" "$here/slurm.conf.template" > "$cluster/slurm.conf"
export SLURM_CONF=$cluster/slurm.conf
slurmctld -f "$SLURM_CONF"
slurmd -f "$SLURM_CONF"
for _ in $(seq 30); do [ "$(sinfo -h -o %t 2> /dev/null)" = idle ] && break; sleep 1; done
[ "$(sinfo -h -o %t)" = idle ] \
    || { echo "the node of the cluster does not come up; see $cluster/slurmd.log (KEEP=1 keeps it)" >&2; exit 1; }

cd "$work"
export OMP_NUM_THREADS=1 # another number of threads rounds otherwise
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
dotnet "$smml" phantom cases --cases 5 --seed 5 --shape 32x32x32 --spacing 5.6 2> /dev/null > /dev/null
dotnet "$smml" train cases --out model.zip --size tiny --epochs 1 --steps 1 --batch 1 --seed 3 2> /dev/null > /dev/null

score() { echo "dotnet $smml score $work/model.zip $work/cases --uncertainty --out $work/$1"; }
batch() { # batch NAME OPTIONS COMMAND: runs a command as a batch job and waits for its end
    printf '#!/bin/bash\n#SBATCH --open-mode=append -o %s/%s.log\n%s\n' "$work" "$1" "$3" > "$1.sh"
    # shellcheck disable=SC2086
    sbatch -W $2 "$1.sh" > /dev/null || { cat "$1.log"; echo "the job $1 failed" >&2; exit 1; }
}

failures=0
$(score one) 2> /dev/null > /dev/null
check() { # check NAME SHARDS: joins the parts; the files must be those of one process
    local wrong=""
    for shard in $2; do
        grep -q "shard $shard " "$1.log" || wrong="$wrong no process said 'shard $shard';"
    done
    [ -n "$2" ] || ! grep -q "shard " "$1.log" || wrong="$wrong a process took a part only;"
    $(score "$1") > joined.log 2> /dev/null
    grep -q "5 of them before" joined.log || wrong="$wrong not all cases were done by the parts;"
    rm -f "$1"/scoring.*-of-*.csv
    diff -r -x 'scoring-times*' one "$1" > /dev/null || wrong="$wrong files differ;"
    if [ -z "$wrong" ]; then
        echo "ok      $1: $(grep -o 'shard .*' "$1.log" | sort -u | paste -sd, | sed 's/,/, /g')"
    else
        echo "FAILED  $1:$wrong"
        failures=$((failures + 1))
    fi
}

srun -n 2 bash -c "$(score srun)" > srun.log 2>&1
check srun "1/2 2/2"
batch batch "-n 2" "$(score batch)"
check batch ""
batch srun-in-batch "-n 2" "srun -n 2 $(score srun-in-batch)"
check srun-in-batch "1/2 2/2"
batch pmi2 "-n 2" "srun --mpi=pmi2 -n 2 $(score pmi2)"
check pmi2 "1/2 2/2"
batch array "--array=1-2" "$(score array)"
check array "1/2 2/2"
batch array-and-srun "--array=1-2 -n 2" "srun -n 2 $(score array-and-srun)"
check array-and-srun "1/4 2/4 3/4 4/4"
batch mpich-in-batch "-n 2" "mpirun.mpich -np 2 $(score mpich-in-batch)"
check mpich-in-batch "1/2 2/2"
batch openmpi-in-batch "-n 2" "mpirun.openmpi -np 2 $(score openmpi-in-batch)"
check openmpi-in-batch "1/2 2/2"
printf '#!/bin/bash\n#SBATCH -o %s/submitted.log\n%s\n' "$work" "$(score submitted)" > submitted.sh
srun -n 2 bash -c "[ \$SLURM_PROCID = 0 ] || sbatch -n 2 $work/submitted.sh" > /dev/null
while [ -n "$(squeue -h)" ]; do sleep 1; done
check submitted ""
mpirun.mpich -np 2 bash -c "$(score mpich)" > mpich.log 2>&1
check mpich "1/2 2/2"
mpirun.openmpi -np 2 bash -c "$(score openmpi)" > openmpi.log 2>&1
check openmpi "1/2 2/2"
if srun -n 2 bash -c "mpirun.mpich -launcher fork -np 2 $(score contradiction)" > contradiction.log 2>&1; then
    echo "FAILED  contradiction: two launchers one in the other were not refused"
    failures=$((failures + 1))
else
    echo "ok      contradiction: refused: $(grep -o 'PMI_RANK=.*SLURM_PROCID=[^:]*' contradiction.log | head -1)"
fi

[ "$failures" = 0 ] || { echo "$failures launchers failed"; exit 1; }
