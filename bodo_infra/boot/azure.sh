# The part of the boot script that is Azure's own: AlmaLinux 9, a scale set, a blob container. See node.sh.
#
# There is no command of Azure's on a node: curl asks with tokens of the identity that the scale set has. They go to curl by
# standard input, as anybody on a machine can see the arguments of a command.

# InfiniBand comes last before the agent: it is tried with Bodo's own MPI.
readonly STAGES=(network packages limits user storage keys python infiniband agent)
readonly FABRIC_STAGE=infiniband FABRIC_NAME=InfiniBand
: "${TIMEOUT_INFINIBAND:=300}"
readonly METADATA=http://169.254.169.254/metadata
readonly ARM=https://management.azure.com
# Names of nodes resolve in networks with Azure's own name servers alone; addresses of a scale set stay.
readonly NAMED_BY=local-ipv4
# Whoever is root on one node must not become root on another by a file that they leave there.
readonly SAFE=nosuid,nodev
case $STORAGE_KIND in
  azure-files)
    # The share takes no connection but by TLS, which aznfs makes.
    readonly FILES_PACKAGES=(aznfs nfs-utils)
    readonly FILES_OPTIONS="aznfs $SAFE,vers=4,minorversion=1,sec=sys,nconnect=4,noresvport,_netdev,nofail"
    ;;
  netapp)
    readonly FILES_PACKAGES=(nfs-utils)
    readonly FILES_OPTIONS="nfs $SAFE,vers=4.1,sec=sys,hard,rsize=262144,wsize=262144,_netdev,nofail"
    ;;
esac
readonly FILES_ENTRY="$STORAGE_PLACE $SHARED_PATH $FILES_OPTIONS 0 0"

# about PATH?QUERY: what the metadata service tells. It refuses whatever came through a proxy.
about() {
  curl -sSf --noproxy '*' --max-time 10 -H Metadata:true "$METADATA/$1"
}

about_instance() {
  about "instance/$1?api-version=2021-12-13&format=text"
}

metadata() {
  case $1 in
    instance-id) about_instance compute/name ;;
    resource-id) about_instance compute/resourceId ;;
    local-hostname) hostname ;;
    local-ipv4) about_instance network/interface/0/ipv4/ipAddress/0/privateIpAddress ;;
  esac
}

# token RESOURCE: an hour's right to ask it, as a line of curl's configuration.
token() {
  about "identity/oauth2/token?api-version=2018-02-01&client_id=$CLIENT_ID&resource=$1" |
    sed -n 's/.*"access_token" *: *"\([^"]*\)".*/header = "Authorization: Bearer \1"/p' | grep .
}

# blob PATH [OPTION...]: a request to the container, as the identity.
blob() {
  local token
  token=$(token https://storage.azure.com/) || return
  curl -sSf --retry 3 --max-time 600 -K - -H 'x-ms-version: 2023-11-03' "${@:2}" "$CONTAINER_URL$1" <<<"$token"
}

# listed PREFIX: the blobs below it, a line each.
listed() {
  local found
  # 5000 of them: the prefixes that are asked have one for each node, or for each package.
  found=$(blob "?restype=container&comp=list&prefix=$1") || return
  grep '^<Blob>' <<<"${found//<Blob>/$'\n'<Blob>}" || true
}

# arm METHOD PATH BODY: a request to the resource manager, which a workspace without a way out does not reach.
arm() {
  local token
  token=$(token "$ARM/") || return
  curl -sSf --max-time 60 -K - -X "$1" -H 'Content-Type: application/json' -d "$3" "$ARM$2?api-version=2024-11-01" \
    <<<"$token"
}

# One request that proves name resolution, the way to the account, the identity and its right. A right that is minutes old
# may be unknown yet.
reach_store() {
  blob "?restype=container&comp=list&maxresults=1&prefix=$AGENT_PREFIX" -o /dev/null
}

store_place() {
  echo "$CONTAINER_URL/$1"
}

store_put() {
  blob "/$2" -X PUT -H 'x-ms-blob-type: BlockBlob' -T "$1" -o /dev/null
}

store_get_all() {
  local name file
  mkdir -p "$2"
  listed "$1/" | sed -n 's/.*<Name>\([^<]*\)<.*/\1/p' | while read -r name; do
    file="$2/${name##*/}"
    # Whole or not at all: what is there is not fetched again.
    [[ -e $file ]] || { blob "/$name" -o "$file.part" && mv "$file.part" "$file"; } || return
  done
}

none_ready() {
  local ready
  ready=$(listed "$REPORTS/ready/") && [[ -z $ready ]]
}

first_started() {
  local at
  listed "$REPORTS/started/" | sed -n 's/.*<Last-Modified>\([^<]*\)<.*/\1/p' | while read -r at; do
    date -d "$at" +%s
  done | sort -n | head -n 1 | grep .
}

# AlmaLinux's repositories and Microsoft's are on the internet: without a way out all packages come from the mirror.
install_packages() {
  local rpms="$BASE/rpms"
  export AZNFS_NONINTERACTIVE_INSTALL=1
  if [[ $EGRESS == none ]]; then
    echo "this workspace has no way out: $* and what they need must be in $(store_place "$MIRROR/rpms/")"
    store_get_all "$MIRROR/rpms" "$rpms"
    dnf install -y -q --disablerepo='*' "$rpms"/*.rpm
  else
    put 0644 "$ROOT/etc/yum.repos.d/bodo-infra.repo" <<'REPO'
[bodo-infra-microsoft]
name=Microsoft, for aznfs
baseurl=https://packages.microsoft.com/rhel/9/prod/
gpgcheck=1
gpgkey=https://packages.microsoft.com/keys/microsoft.asc
REPO
    retry dnf install -y -q "$@"
  fi
  # Nodes of a cluster stay the same: nothing renews itself.
  if [[ -e $ROOT/opt/microsoft/aznfs/data/config ]]; then
    sed -i 's/^AUTO_UPDATE_AZNFS=.*/AUTO_UPDATE_AZNFS=false/' "$ROOT/opt/microsoft/aznfs/data/config"
  fi
}

# In the set's user data and, what has no room there, in this script.
agent_package() {
  { about_instance compute/userData | base64 -d && base64 -d <<<"$AGENT_REST"; } |
    "$PYTHON" -I -c 'import bz2, sys; sys.stdout.buffer.write(bz2.decompress(sys.stdin.buffer.read()))' >"$1"
}

# Bodo's MPI (MPICH with UCX) takes TCP unless InfiniBand has been seen to work: left to itself UCX may also choose the
# device of accelerated networking, which carries no MPI.
stage_infiniband() {
  local libraries ports
  put 0644 "$FABRIC_ENV" <<<'UCX_TLS=tcp,sm,self'
  # The network security group is the wall; MPI uses any port.
  ! systemctl is-active --quiet firewalld || systemctl disable --now --quiet firewalld
  [[ $FABRIC != off ]] || return 0
  retry infiniband_ports
  ports=$(infiniband_ports)
  libraries=$(site_packages)/bodo.libs
  two_ranks_meet UCX_TLS=ib,self UCX_NET_DEVICES="$ports" LD_LIBRARY_PATH="$libraries"
  put 0644 "$FABRIC_ENV" <<ENV
UCX_NET_DEVICES=$ports
LD_LIBRARY_PATH=$libraries
ENV
}

# The ports that are up, as UCX names them: mlx5_ib0:1,...  Accelerated networking has devices there too, for Ethernet.
infiniband_ports() {
  local port device found=()
  for port in "$ROOT"/sys/class/infiniband/*/ports/*; do
    [[ $(cat "$port/link_layer" 2>/dev/null) == InfiniBand && $(cat "$port/state") == *ACTIVE* ]] || continue
    device=${port%/ports/*}
    found+=("${device##*/}:${port##*/}")
  done
  if ((${#found[@]} == 0)); then
    echo "no port of InfiniBand is up" >&2
    return 1
  fi
  (
    IFS=,
    echo "${found[*]}"
  )
}

no_more_nodes() {
  arm POST "$SCALE_SET_ID/deallocate" '{}'
}

# A scale set does not replace a node that has failed, so the node itself tries again, for as long as a cluster has.
end_node() {
  [[ -e $STATE/failed-at ]] || date +%s >"$STATE/failed-at"
  if (($(date +%s) - $(<"$STATE/failed-at") <= GIVE_UP_S)); then
    say "this node tries again in $KEEP_FAILED_MINUTES min"
    systemd-run --quiet --collect --on-active="${KEEP_FAILED_MINUTES}min" bash "$0"
  else
    let_go
  fi
}

# A machine that is shut down is paid for as before; one that is deallocated is not. The resource id ends with the
# instance's number in the set; a request without one would be for all of them.
let_go() {
  local id
  if id=$(metadata resource-id) && [[ ${id##*/} =~ ^[0-9]+$ ]] &&
    arm POST "$SCALE_SET_ID/deallocate" "{\"instanceIds\":[\"${id##*/}\"]}" >>"$LOG" 2>&1; then
    say "this node is deallocated"
  else
    say "this node is shut down, and still paid for until the cluster is paused, made smaller or destroyed"
    shutdown -h now
  fi
}
