"""Fills a moto server with keys and a role, and prints their names as JSON.

From then on moto checks what each user may do: the user may only assume the
role, and the role may only use KMS.
"""
import json
import sys
import urllib.request

import boto3

endpoint = sys.argv[1]


def client(service, region="eu-west-1"):
    return boto3.client(service, region_name=region, endpoint_url=endpoint,
                        aws_access_key_id="root", aws_secret_access_key="x")


def policy(action):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": "*"}]})


out = {}
for name, region in (("first", "eu-west-1"), ("second", "us-east-1")):
    out[name] = client("kms", region).create_key()["KeyMetadata"]["Arn"]
client("kms").create_alias(AliasName="alias/app", TargetKeyId=out["first"].split("/")[1])
out["alias"] = out["first"].split(":key/")[0] + ":alias/app"

iam = client("iam")
iam.create_user(UserName="jo")
key = iam.create_access_key(UserName="jo")["AccessKey"]
iam.put_user_policy(UserName="jo", PolicyName="p", PolicyDocument=policy("sts:AssumeRole"))
out["role"] = iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=policy("sts:AssumeRole"))["Role"]["Arn"]
iam.put_role_policy(RoleName="deploy", PolicyName="p", PolicyDocument=policy("kms:*"))
out["access"], out["secret"] = key["AccessKeyId"], key["SecretAccessKey"]

urllib.request.urlopen(urllib.request.Request(endpoint + "/moto-api/reset-auth", data=b"0",
                                              headers={"Content-Type": "text/plain"}))
print(json.dumps(out))
