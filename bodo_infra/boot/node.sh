#!/bin/bash
# First boot of a cluster node, run as root by cloud-init. script.py puts the cluster's values on top of this file and the
# cloud's own part (aws.sh, azure.sh) into it, and takes the comments out.
#
# The stages run one after another, each in a process of its own that is cut after its timeout. Every stage may run again
# at any time: it does what is missing and nothing else, so `bash part-001` repairs a node by hand. What must survive a
# restart of the node (mounts, limits, the agent) is left to fstab, sysctl.d and systemd: this script runs once.
#
# Nothing here is secret, and nothing secret is written to the log: rights come from the instance's role.
#
# A cloud's part says which STAGES there are and in which order, which of them is the FABRIC_STAGE, how the shared files
# are mounted (FILES_ENTRY of fstab, FILES_PACKAGES), what other nodes know a node by (NAMED_BY, for metadata), and has
# the functions that are called here and stand nowhere else:
#   metadata WHAT                  instance-id, local-hostname, local-ipv4: AWS's words for them
#   reach_store                    proves that the store answers
#   store_get_all PREFIX FOLDER    every object of the store below PREFIX/, into FOLDER
#   store_put FILE KEY             store_place KEY: how people name it
#   none_ready, first_started      of this cluster's reports: whether no node was ever ready; when the first one came (s)
#   install_packages NAME...       agent_package FILE
#   no_more_nodes, end_node        set the cluster to none; let a failed node go
#
# The shared files and the Python environment are the job user's: what jobs can write is run as that user, never as root.
#
# Tests run it with BODO_INFRA_ROOT (a folder instead of /), stub commands on PATH, and shorter times.
set -uo pipefail

ROOT="${BODO_INFRA_ROOT:-}"
CONSOLE="${BODO_INFRA_CONSOLE:-/dev/console}"
: "${TIMEOUT_NETWORK:=300}" "${TIMEOUT_PACKAGES:=600}" "${TIMEOUT_LIMITS:=60}" "${TIMEOUT_USER:=60}"
: "${TIMEOUT_STORAGE:=600}" "${TIMEOUT_KEYS:=120}" "${TIMEOUT_PYTHON:=1200}" "${TIMEOUT_AGENT:=300}"
# RETRY_S: between two tries.  KEEP_FAILED_MINUTES: a failed node can be looked at for so long.
# GIVE_UP_S: a cluster of which no node has come up in this time does not get another one.
: "${RETRY_S:=5}" "${KILL_AFTER_S:=10}" "${KEEP_FAILED_MINUTES:=10}" "${GIVE_UP_S:=3600}"

readonly LAST_LINES=20
readonly JOB_USER=bodo
readonly STATE="$ROOT/var/lib/bodo-infra"
readonly LOG="$ROOT/var/log/bodo-infra/boot.log"
readonly BASE="$ROOT/opt/bodo-infra"
readonly VENV="$BASE/venv"
# What a cloud's fabric stage has found out for the environment of jobs.
readonly FABRIC_ENV="$STATE/fabric.env"
readonly SHARED="$ROOT$SHARED_PATH"
readonly MIRROR="$AGENT_PREFIX"mirror
readonly REPORTS="$LOGS_PREFIX"clusters/$CLUSTER_UUID/boot

# Until it works: the stage's timeout ends it, and its last error is in the log.
retry() {
  until "$@"; do
    sleep "$RETRY_S"
  done
}

# put MODE PATH: standard input becomes the file, whole. CHANGED tells whether anything had to be changed.
CHANGED=''
put() {
  local new="$2.new"
  mkdir -p "${2%/*}"
  rm -f "$new"
  cat >"$new"
  chmod "$1" "$new"
  if cmp -s "$new" "$2"; then
    rm "$new"
  else
    mv -T "$new" "$2"
    CHANGED=yes
  fi
}

as_user() {
  runuser -u "$JOB_USER" -- env HOME="$ROOT/home/$JOB_USER" "$@"
}

# Where pip has put things. The libraries of Bodo's wheel for a fabric are in bodo.libs below it; its MPI looks for them
# where they were in the wheel, and must be told.
site_packages() {
  as_user "$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

# two_ranks_meet NAME=VALUE...: by the fabric alone, as the values say, though they are on one node; fails where MPI
# cannot use it.
two_ranks_meet() {
  as_user "$@" HYDRA_LAUNCHER=fork "$VENV/bin/mpiexec" -n 2 "$VENV/bin/python" \
    -c 'from mpi4py import MPI; MPI.COMM_WORLD.Barrier()'
}

# publish FILE SHARED_FILE: the first node's file is the cluster's; link never replaces.
publish() {
  local mine
  mine=$(as_user mktemp "$2.XXXXXX")
  as_user cp "$1" "$mine"
  as_user chmod 0644 "$mine"
  as_user ln "$mine" "$2" 2>/dev/null || true
  as_user rm "$mine"
}

@CLOUD_PART@

stage_network() {
  retry metadata instance-id | put 0644 "$STATE/instance-id"
  retry reach_store
}

stage_packages() {
  local name missing=()
  for name in "$PYTHON" "$PYTHON-pip" git openssh-server openssh-clients tar gzip "${FILES_PACKAGES[@]}"; do
    rpm -q --quiet "$name" || missing+=("$name")
  done
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# MPI over a fast network pins memory and reads other ranks' memory; Bodo opens many files.
stage_limits() {
  put 0644 "$ROOT/etc/security/limits.d/90-bodo-infra.conf" <<'CONF'
* - nofile 65000
* - memlock unlimited
CONF
  put 0644 "$ROOT/etc/sysctl.d/90-bodo-infra.conf" <<<'kernel.yama.ptrace_scope = 0'
  sysctl -q -p "$ROOT/etc/sysctl.d/90-bodo-infra.conf"
}

# The same number on every node: file systems know users by their numbers.
stage_user() {
  id -u "$JOB_USER" >/dev/null 2>&1 ||
    useradd --uid "$JOB_UID" --user-group --create-home --shell /bin/bash "$JOB_USER"
}

# nofail and _netdev: a node whose files do not come must still start, or nobody could look at it.
stage_storage() {
  local fstab="$ROOT/etc/fstab"
  mkdir -p "$SHARED"
  if ! grep -qsxF "$FILES_ENTRY" "$fstab"; then
    echo "$FILES_ENTRY" >>"$fstab"
    systemctl daemon-reload
  fi
  retry mounted
  retry timeout 30 ls "$SHARED" >/dev/null
  # A new file system is root's; behind an access point of EFS all is the job user's, and nobody may change owners.
  [[ $(stat -c %u "$SHARED") == "$JOB_UID" ]] || chown "$JOB_USER:" "$SHARED"
}

mounted() {
  mountpoint -q "$SHARED" || { mount "$SHARED" && mountpoint -q "$SHARED"; }
}

# Nodes reach each other by SSH as the job's user. The key pair and the authority that vouches for host keys lie in the
# shared files; whoever comes first makes both at once, by a rename that fails when somebody else was faster.
stage_keys() {
  local made name address keys="$SHARED/.ssh-$CLUSTER_UUID" home="$ROOT/home/$JOB_USER/.ssh" etc="$ROOT/etc/ssh"
  if [[ ! -e $keys/host_ca ]]; then
    made=$(as_user mktemp -d "$SHARED/.ssh-new.XXXXXX")
    as_user ssh-keygen -q -t ed25519 -N '' -C "cluster $CLUSTER_UUID" -f "$made/id_ed25519"
    as_user ssh-keygen -q -t ed25519 -N '' -C "hosts of cluster $CLUSTER_UUID" -f "$made/host_ca"
    as_user mv -T "$made" "$keys" || as_user rm -r "$made"
  fi
  as_user install -d -m 0700 "$home"
  as_user install -C -m 0600 "$keys/id_ed25519" "$home/id_ed25519"
  as_user install -C -m 0600 "$keys/id_ed25519.pub" "$home/authorized_keys"
  put 0644 "$etc/ssh_known_hosts" <<<"@cert-authority * $(as_user cat "$keys/host_ca.pub")"
  CHANGED=''
  [[ -e $etc/ssh_host_ed25519_key ]] || ssh-keygen -q -t ed25519 -N '' -f "$etc/ssh_host_ed25519_key"
  if [[ ! -e $etc/ssh_host_ed25519_key-cert.pub ]]; then
    name=$(retry metadata local-hostname)
    address=$(retry metadata local-ipv4)
    ssh-keygen -q -s "$keys/host_ca" -I "$(<"$STATE/instance-id")" -h -n "$name,${name%%.*},$address" \
      "$etc/ssh_host_ed25519_key.pub"
    CHANGED=yes
  fi
  put 0600 "$etc/sshd_config.d/10-bodo-infra.conf" <<CONF
HostKey /etc/ssh/ssh_host_ed25519_key
HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub
AllowUsers $JOB_USER
PermitRootLogin no
PasswordAuthentication no
MaxStartups 100:30:300
CONF
  [[ -z $CHANGED ]] || systemctl reload-or-restart sshd
}

# All nodes of a cluster have the same packages, whenever they come: the first one's requirements are the cluster's, and
# so are, for those that come later, the versions that it got.
stage_python() {
  local options=() wheels="$BASE/wheels" agreed="$SHARED/.packages-$CLUSTER_UUID"
  mkdir -p "$BASE"
  put 0644 "$BASE/requirements.txt" <<<"$REQUIREMENTS"
  [[ -e $agreed.requirements ]] || publish "$BASE/requirements.txt" "$agreed.requirements"
  if as_user cmp -s "$agreed.requirements" "$VENV/.requirements"; then
    return
  fi
  store_get_all "$MIRROR/wheels" "$wheels" || [[ $EGRESS != none ]]
  mkdir -p "$wheels"
  options=(--quiet --disable-pip-version-check --find-links "$wheels" --requirement "$agreed.requirements")
  if [[ $EGRESS == none ]]; then
    echo "this workspace has no way out: all wheels must be in $(store_place "$MIRROR/wheels/")"
    options+=(--no-index)
  fi
  [[ ! -e $agreed.versions ]] || options+=(--constraint "$agreed.versions")
  mkdir -p "$VENV"
  chown "$JOB_USER:" "$VENV"
  as_user "$PYTHON" -m venv "$VENV"
  as_user "$VENV/bin/python" -m pip install "${options[@]}"
  test -x "$VENV/bin/mpiexec"
  as_user "$VENV/bin/python" -m pip freeze >"$BASE/versions.txt"
  publish "$BASE/versions.txt" "$agreed.versions"
  as_user cp "$agreed.requirements" "$VENV/.requirements"
}

# Whether the agent lives is told by its heartbeats in the store, not here.
stage_agent() {
  local scratch path node code="$BASE/agent-$AGENT_SHA256" home="$STATE/agent"
  if [[ ! -d $code ]]; then
    scratch=$(mktemp -d "$BASE/new.XXXXXX")
    agent_package "$scratch/agent.zip"
    echo "$AGENT_SHA256  $scratch/agent.zip" | sha256sum -c --quiet
    "$PYTHON" -I -m zipfile -e "$scratch/agent.zip" "$scratch/code"
    chmod -R a+rX "$scratch/code"
    mv -T "$scratch/code" "$code"
    rm -r "$scratch"
  fi
  put 0644 "$ROOT/etc/profile.d/bodo-infra.sh" <<'PROFILE'
set -a
. /etc/bodo-infra/agent.env
set +a
[ "$(id -u)" = 0 ] || PATH=/opt/bodo-infra/venv/bin:$PATH
PROFILE
  CHANGED=''
  path=$(site_packages)/bodo-infra.pth
  if ! as_user grep -qsxF "$code" "$path"; then
    as_user tee "$path" <<<"$code" >/dev/null
    CHANGED=yes
  fi
  put 0644 "$ROOT/etc/bodo-infra/cluster.json" <<<"$CLUSTER_JSON"
  put 0644 "$ROOT/etc/bodo-infra/agent.env" < <(echo "$AGENT_ENV" && cat "$FABRIC_ENV" 2>/dev/null)
  node=$(retry metadata "$NAMED_BY")
  put 0600 "$home/agent.json" <<<"${AGENT_JSON//@NODE@/$node}"
  chown -R "$JOB_USER:" "$home"
  put 0644 "$ROOT/etc/systemd/system/bodo-infra-agent.service" <<'UNIT'
@AGENT_UNIT@
UNIT
  [[ -z $CHANGED ]] || systemctl daemon-reload
  systemctl enable --quiet bodo-infra-agent
  if [[ -n $CHANGED ]]; then
    systemctl restart bodo-infra-agent
  else
    systemctl start bodo-infra-agent
  fi
}

say() {
  echo "bodo-infra: $*" | tee -a "$LOG"
}

# report STATE STAGE CODE: what drivers read, in the store as REPORTS/STATE/INSTANCE.json. Never fails.
report() {
  local instance
  instance=$(cat "$STATE/instance-id" 2>/dev/null || hostname)
  tail -n "$LAST_LINES" "$LOG" | python3 -c '
import json, sys, time
instance, state, stage, code, warnings = sys.argv[1:]
print(json.dumps({
    "instance": instance, "state": state, "stage": stage, "exit_code": int(code),
    "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    "warnings": [line for line in warnings.splitlines() if line],
    "last_lines": sys.stdin.read().splitlines() if state == "failed" else [],
}))' "$instance" "$1" "$2" "$3" "$WARNINGS" >"$STATE/boot.json"
  send "$STATE/boot.json" "$REPORTS/$1/$instance.json"
  [[ $1 != failed ]] || send "$LOG" "$REPORTS/$1/$instance.log"
}

send() {
  timeout 60 bash "$0" --run store_put "$@" >>"$LOG" 2>&1 || true
}

# No node has ever come up, and the first one was tried long ago: another will not, either.
hopeless() {
  local first
  none_ready && first=$(first_started) && (($(date +%s) - first > GIVE_UP_S))
}

# A node that is of no use must not be paid for. When not a single node ever came up the cluster is set to none, so that a
# mistake costs an hour and not a month.
give_up() {
  local stage="$1" code="$2" what="failed with exit code $2"
  [[ $code != 124 && $code != 137 ]] || what="was cut: it took more than its timeout"
  say "stage $stage $what; its last lines:"
  tail -n "$LAST_LINES" "$LOG" | tee "$CONSOLE" 2>/dev/null || true
  report failed "$stage" "$code"
  if hopeless; then
    say "no node of this cluster has ever come up: all are given up. Repair the cause, then bring it up again"
    no_more_nodes
  fi
  end_node
  exit "$code"
}

run_stage() {
  local limit="TIMEOUT_${1^^}"
  say "stage $1, at most ${!limit} s"
  timeout --kill-after="$KILL_AFTER_S" "${!limit}" bash "$0" --run "stage_$1" >>"$LOG" 2>&1
}

main() {
  local stage code
  WARNINGS=''
  mkdir -p "$STATE" "${LOG%/*}"
  for stage in "${STAGES[@]}"; do
    run_stage "$stage"
    code=$?
    if ((code)) && [[ $stage == "$FABRIC_STAGE" && $FABRIC == auto ]]; then
      WARNINGS+="$FABRIC_NAME does not work on this node: MPI uses TCP, which is several times slower"
      WARNINGS+=" (stage $stage: exit code $code)"
      say "WARNING: $WARNINGS"
      tail -n "$LAST_LINES" "$LOG" | tee "$CONSOLE" 2>/dev/null || true
    elif ((code)); then
      give_up "$stage" "$code"
    fi
    # Once: where failed nodes try again, the first try counts.
    if [[ $stage == network && ! -e $STATE/started ]]; then
      report started "$stage" 0
      touch "$STATE/started"
    fi
  done
  say "this node is ready"
  report ready agent 0
}

if [[ ${1:-} == --run ]]; then
  set -e
  "${@:2}"
else
  main
fi
