# The part of the boot script that is AWS's own: Amazon Linux 2023, an Auto Scaling group, S3. See node.sh.

readonly STAGES=(network packages limits user storage keys python efa agent)
readonly FABRIC_STAGE=efa FABRIC_NAME=EFA
: "${TIMEOUT_EFA:=900}"
readonly NAMED_BY=local-hostname
readonly METADATA=http://169.254.169.254/latest
export AWS_REGION="$REGION" AWS_DEFAULT_REGION="$REGION" AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=5 AWS_PAGER=''
export PATH="$PATH:$ROOT/opt/amazon/efa/bin"
case $STORAGE_KIND in
  efs)
    readonly FILES_PACKAGES=(amazon-efs-utils)
    readonly FILES_ENTRY="$STORAGE_ID:/ $SHARED_PATH efs _netdev,nofail,tls,iam,accesspoint=$STORAGE_DETAIL 0 0"
    ;;
  lustre)
    readonly FILES_PACKAGES=(lustre-client)
    readonly FILES_ENTRY="$STORAGE_DNS@tcp:/$STORAGE_DETAIL $SHARED_PATH lustre _netdev,nofail,relatime,flock 0 0"
    ;;
esac

metadata() {
  local token
  token=$(curl -sf --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$METADATA/api/token") || return
  curl -sf --max-time 5 -H "X-aws-ec2-metadata-token: $token" "$METADATA/meta-data/$1"
}

# Of the bucket, which may be in another region than the nodes.
bucket() {
  aws --region "$BUCKET_REGION" "$@"
}

# One call that proves name resolution, the way to S3, the instance's role and the bucket.
reach_store() {
  bucket s3api head-object --bucket "$BUCKET" --key "$AGENT_KEY" --query ContentLength
}

store_place() {
  echo "s3://$BUCKET/$1"
}

store_put() {
  bucket s3 cp --only-show-errors "$1" "s3://$BUCKET/$2"
}

store_get() {
  bucket s3 cp --only-show-errors "s3://$BUCKET/$1" "$2"
}

store_get_all() {
  bucket s3 sync --only-show-errors "s3://$BUCKET/$1/" "$2"
}

none_ready() {
  local ready
  ready=$(bucket s3api list-objects-v2 --bucket "$BUCKET" --prefix "$REPORTS/ready/" --max-items 1 \
    --query 'Contents[0].Key' --output text) && [[ $ready == None ]]
}

first_started() {
  local first
  # The query is answered page by page.
  first=$(bucket s3api list-objects-v2 --bucket "$BUCKET" --prefix "$REPORTS/started/" \
    --query 'min_by(Contents, &LastModified).LastModified' --output text | sort | head -n 1) && date -d "$first" +%s
}

# The repositories of Amazon Linux lie in S3 and are locked to the image's release.
install_packages() {
  retry dnf install -y -q "$@"
}

agent_package() {
  store_get "$AGENT_KEY" "$1"
}

# fetch NAME URL TARGET: from the bucket's mirror, else from its public place where there is a way out (URL is given).
fetch() {
  if store_get "$MIRROR/$1" "$3"; then
    return
  fi
  if [[ -z $2 ]]; then
    echo "this workspace has no way out: put the file at $(store_place "$MIRROR/$1")"
    return 1
  fi
  curl -fsSL --retry 3 -o "$3" "$2"
}

# Bodo's MPI (MPICH) takes TCP by UCX unless it is told to go by libfabric, and to EFA.
stage_efa() {
  local scratch libraries
  [[ $FABRIC != off ]] || return 0
  if ! fi_info -p efa -t FI_EP_RDM; then
    scratch=$(mktemp -d)
    fetch "$EFA_ARCHIVE" "$EFA_URL" "$scratch/$EFA_ARCHIVE"
    echo "$EFA_SHA256  $scratch/$EFA_ARCHIVE" | sha256sum -c --quiet
    tar -xzf "$scratch/$EFA_ARCHIVE" -C "$scratch"
    (cd "$scratch/aws-efa-installer" && ./efa_installer.sh -y)
    rm -r "$scratch"
    fi_info -p efa -t FI_EP_RDM
  fi
  libraries=$(site_packages)/bodo.libs
  two_ranks_meet MPIR_CVAR_CH4_NETMOD=ofi FI_PROVIDER=efa LD_LIBRARY_PATH="$libraries"
  put 0644 "$FABRIC_ENV" <<ENV
MPIR_CVAR_CH4_NETMOD=ofi
FI_PROVIDER=efa
LD_LIBRARY_PATH=$libraries
ENV
}

no_more_nodes() {
  aws autoscaling update-auto-scaling-group --auto-scaling-group-name "$GROUP" --min-size 0 --desired-capacity 0
}

# The template makes a shutdown the end of the instance; the group tries another one.
end_node() {
  say "this node ends in $KEEP_FAILED_MINUTES min"
  shutdown -h "+$KEEP_FAILED_MINUTES"
}
